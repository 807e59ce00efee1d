"""A worker says something in Slack only while its lease is surely held."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app.ports import Message
from bot.delivery.attempt import LeaseLostError
from bot.delivery.leased_chat import Lease, LeasedChat, in_hand
from tests.delivery.stage import Stage, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

LENGTH = timedelta(seconds=60)
CALLS: dict[str, Callable[[LeasedChat], Coroutine[object, object, object]]] = {
    "create_channel": lambda chat: chat.create_channel("inc-1"),
    "set_topic": lambda chat: chat.set_topic("C1", "topic"),
    "invite": lambda chat: chat.invite("C1", ["anna@example.com"]),
    "post": lambda chat: chat.post("C1", Message("text"), "key"),
    "update": lambda chat: chat.update("C1", "1.0", Message("text")),
}


def lease_of(it: Stage) -> Lease:
    return Lease(it.time, LENGTH, it.time() + LENGTH)


@pytest.mark.parametrize("name", CALLS)
async def test_nothing_is_said_after_the_lease_or_shortly_before(name: str) -> None:
    it = stage()
    with in_hand(lease_of(it)):
        it.time.pass_(41)
        with pytest.raises(LeaseLostError):
            await CALLS[name](LeasedChat(it.chat))
    assert it.chat.channels == {}


async def test_what_is_held_or_needs_no_lease_goes_through() -> None:
    it = stage()
    chat = LeasedChat(it.chat)
    free = await chat.create_channel("inc-1")
    with in_hand(lease_of(it)):
        it.time.pass_(39)
        ts = await chat.post(free.id, Message("text"), "key")
        it.time.pass_(600)
        assert await chat.find_message(free.id, "key", it.time() - timedelta(hours=1)) == ts
        assert await chat.find_own_channel("inc-1", it.time() - timedelta(hours=1)) == free
        assert await chat.can_post(free.id)
        assert await chat.find_channel("inc-1") == free.id
    await chat.set_topic(free.id, "after the block")


async def test_a_call_that_outlasts_the_lease_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    it = stage()

    async def never(_name: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(it.chat, "create_channel", never)
    brief = Lease(it.time, timedelta(milliseconds=30), it.time() + timedelta(milliseconds=30))
    with in_hand(brief), pytest.raises(LeaseLostError):
        await LeasedChat(it.chat).create_channel("inc-1")
