"""Faults on order: what the client meets, and what took effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.localslack.faults import Fault, FaultPlan
from tests.localslack.harness import Hand, error_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

CREATE = "conversations.create"


async def names(client: AsyncWebClient) -> list[str]:
    return [c["name"] for c in (await client.conversations_list())["channels"]][2:]


async def test_an_error_is_answered_in_the_calls_place(client: AsyncWebClient, hand: Hand) -> None:
    await hand.post("faults", method=CREATE, kind="error", error="fatal_error", times=2)
    assert await error_of(client.conversations_create(name="a")) == "fatal_error"
    assert len((await hand.get("faults"))["faults"]) == 1
    assert await error_of(client.conversations_create(name="a")) == "fatal_error"
    await client.conversations_create(name="a")
    assert await names(client) == ["a"]


async def test_429_and_503(client: AsyncWebClient, hand: Hand) -> None:
    client.retry_handlers.clear()
    await hand.post("faults", method=CREATE, kind="ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as limited:
        await client.conversations_create(name="a")
    assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "7")
    await hand.post("faults", method=CREATE, kind="unavailable")
    with pytest.raises(SlackApiError) as unavailable:
        await client.conversations_create(name="a")
    assert unavailable.value.response.status_code == 503
    assert await names(client) == []


@pytest.mark.parametrize("kind", ["cut", "hang"])
@pytest.mark.parametrize("executed", [True, False])
async def test_a_lost_reply(client: AsyncWebClient, hand: Hand, kind: str, *, executed: bool) -> None:
    client.retry_handlers.clear()
    await hand.post("faults", method=CREATE, kind=kind, seconds=0.01, executed=executed)
    with pytest.raises(aiohttp.ClientError):
        await client.conversations_create(name="a")
    assert await names(client) == (["a"] if executed else [])
    (call,) = (await hand.get("calls", method=CREATE))["calls"]
    assert (call["fault"], call["executed"], call["ok"]) == (kind, executed, False)


async def test_faults_can_be_taken_back(client: AsyncWebClient, hand: Hand) -> None:
    await hand.post("faults", method="*", kind="cut", times=100)
    await hand.delete("faults")
    await client.conversations_create(name="a")
    refused = await hand.post("faults", method="*", kind="nonsense")
    assert (refused["error"], refused["problems"][0]["field"]) == ("invalid_body", "kind")


def test_faults_are_met_in_order_and_counted_off() -> None:
    plan = FaultPlan()
    plan.add(Fault(method="chat.postMessage", kind="error", times=2, skip=1))
    plan.add(Fault(method="*", kind="cut"))
    kinds = [(fault.kind if fault else None) for fault in map(plan.take, ["chat.postMessage"] * 4)]
    assert kinds == [None, "error", "error", "cut"]
    assert plan.take("auth.test") is None
    plan.add(Fault(method="*", kind="hang"))
    assert [fault.kind for fault in plan.list()] == ["hang"]
    plan.clear()
    assert plan.list() == []
