"""The harness sees what is there, does what a person does, and says what was there when it fails."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.harness.background import Background
from tests.harness.channel import Channel
from tests.harness.workspace import Hand, LocalSlack, RefusedError
from tests.support.waiting import NeverHappenedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Payments fail"}},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Acknowledge"}}
        ],
    },
]


@pytest.fixture(scope="module")
def slack() -> Iterator[LocalSlack]:
    with Background() as background:
        workspace = LocalSlack(background)
        yield workspace
        workspace.close()


@pytest.fixture
async def hand(slack: LocalSlack) -> AsyncIterator[Hand]:
    async with aiohttp.ClientSession() as session:
        yield Hand.on(slack, session)


@pytest.fixture
async def channel(slack: LocalSlack, hand: Hand) -> Channel:
    client = AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url)
    await hand.do("channels", user="ada", name=(name := f"c{uuid.uuid4().hex[:8]}"))
    await hand.do(f"channels/{name}/invite", user="ada", users=["tocsin"])
    await client.chat_postMessage(channel=name, text="Payments fail", blocks=BLOCKS)
    state = await hand.see("state")
    return next(Channel(one["id"], one["name"], hand) for one in state["channels"] if one["name"] == name)


async def test_a_message_is_found_with_its_buttons(channel: Channel) -> None:
    message = await channel.expect("Payments", "fail")
    assert message.words == "Payments fail\nAcknowledge"
    assert message.button("Acknowledge").action_id == "go"
    with pytest.raises(LookupError, match="no button 'Resolve'"):
        message.button("Resolve")


async def test_what_was_there_is_told(channel: Channel) -> None:
    with pytest.raises(NeverHappenedError, match=r"(?s)with 'Carts'.*#c\w+ shows:.*Payments fail.*\[Ack"):
        await channel.expect("Carts", within=0.05)
    with pytest.raises(NeverHappenedError, match=r"button 'Resolve' in #c"):
        await channel.click("Resolve", as_="ada", within=0.05)


async def test_a_refusal_is_an_error(hand: Hand, channel: Channel) -> None:
    with pytest.raises(RefusedError, match="dispatch_failed"):  # nobody listens
        await channel.click("Acknowledge", as_="ada")
    with pytest.raises(RefusedError, match="user_not_found"):
        await channel.click("Acknowledge", as_="nobody")


async def test_faults_are_planned_and_forgotten(slack: LocalSlack, hand: Hand) -> None:
    client = AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url)
    await hand.fail("auth.test", "error", error="fatal_error", times=9)
    await hand.heal()
    assert (await client.auth_test())["ok"]
    assert (await hand.calls("auth.test"))[-1]["ok"]
