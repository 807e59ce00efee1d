"""What every Chat keeps: the same tests run against the fake and against the gateway on the local Slack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.app.ports import Message
from bot.domain.errors import RemoteRefusedError
from bot.localslack.server import start
from bot.localslack.settings import LocalSlackSettings
from bot.slack.gateway import SlackChat
from bot.slack.webapi import connect
from tests.support.fake_chat import FakeChat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app.ports import Chat
    from bot.slack.metrics import SlackMetrics

HELLO = Message("hello", ({"type": "section", "text": {"type": "plain_text", "text": "hello"}},))


@pytest.fixture(params=["fake", "local slack"])
async def any_chat(request: pytest.FixtureRequest, metrics: SlackMetrics) -> AsyncIterator[Chat]:
    if request.param == "fake":
        yield FakeChat()
        return
    running = await start(LocalSlackSettings(rate_limits=False))
    token = SecretStr(running.slack.workspace.app.bot_token)
    async with connect(token, running.api_url, metrics) as api:
        yield SlackChat(api)
    await running.stop()


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


async def test_the_token_is_accepted(any_chat: Chat) -> None:
    await any_chat.check()


async def test_a_channel_is_created_once(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1-checkout")
    assert channel.name == "inc-1-checkout"
    assert channel.id
    assert channel.team_id
    with pytest.raises(RemoteRefusedError) as refused:
        await any_chat.create_channel("inc-1-checkout")
    assert refused.value.detail == "name_taken"


async def test_our_own_channel_is_found_again(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1-checkout")
    assert await any_chat.find_own_channel("inc-1-checkout", a_minute_ago()) == channel


async def test_a_channel_of_before_is_not_taken_over(any_chat: Chat) -> None:
    await any_chat.create_channel("inc-1-checkout")
    later = datetime.now(UTC) + timedelta(minutes=10)
    assert await any_chat.find_own_channel("inc-1-checkout", later) is None


async def test_a_channel_of_ours_takes_posts_and_one_that_is_not_there_does_not(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1-checkout")
    assert await any_chat.can_post(channel.id)
    assert not await any_chat.can_post("C0NOSUCH")


async def test_no_channel_of_another_name_is_found(any_chat: Chat) -> None:
    assert await any_chat.find_own_channel("inc-2", a_minute_ago()) is None


async def test_a_channel_goes_by_its_name_where_it_is_posted_to_and_is_read_by_its_id(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("shop")
    ts = await any_chat.post("#shop", HELLO, "announce:1")
    assert await any_chat.find_channel("shop") == channel.id
    assert await any_chat.find_channel("no-shop") is None
    assert await any_chat.find_message(channel.id, "announce:1", a_minute_ago()) == ts
    with pytest.raises(RemoteRefusedError):
        await any_chat.find_message("#shop", "announce:1", a_minute_ago())


async def test_a_message_is_found_by_its_key(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    ts = await any_chat.post(channel.id, HELLO, "status:1:1")
    await any_chat.post(channel.id, HELLO, "status:1:2")
    assert await any_chat.find_message(channel.id, "status:1:1", a_minute_ago()) == ts
    assert await any_chat.find_message(channel.id, "status:1:3", a_minute_ago()) is None


async def test_a_message_keeps_its_key_when_updated(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    ts = await any_chat.post(channel.id, HELLO, "status:1:1")
    await any_chat.update(channel.id, ts, Message("good bye"))
    assert await any_chat.find_message(channel.id, "status:1:1", a_minute_ago()) == ts


async def test_of_two_messages_with_a_key_the_newer_is_found(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    await any_chat.post(channel.id, HELLO, "status:1")
    newer = await any_chat.post(channel.id, HELLO, "status:1")
    assert await any_chat.find_message(channel.id, "status:1", a_minute_ago()) == newer


async def test_a_reply_is_found_in_its_thread(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    parent = await any_chat.post(channel.id, HELLO, "parent")
    ts = await any_chat.post(channel.id, HELLO, "reply", thread_ts=parent)
    assert await any_chat.find_message(channel.id, "reply", a_minute_ago(), thread_ts=parent) == ts
    assert await any_chat.find_message(channel.id, "reply", a_minute_ago()) is None


async def test_a_message_that_is_not_there_cannot_be_updated(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    with pytest.raises(RemoteRefusedError) as refused:
        await any_chat.update(channel.id, "1700000000.000001", HELLO)
    assert refused.value.detail == "message_not_found"


async def test_an_unknown_channel_is_refused_by_name(any_chat: Chat) -> None:
    with pytest.raises(RemoteRefusedError) as refused:
        await any_chat.post("C0NOSUCH", HELLO, "key")
    assert refused.value.detail == "channel_not_found"


async def test_a_long_topic_is_cut(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    await any_chat.set_topic(channel.id, "x" * 400)


async def test_people_are_invited_twice_without_harm(any_chat: Chat) -> None:
    channel = await any_chat.create_channel("inc-1")
    assert not await any_chat.invite(channel.id, ["U0ADA00001", "grace@example.com", "@oncall"])
    assert not await any_chat.invite(channel.id, ["U0ADA00001", "U0LINUS003"])


async def test_who_is_unknown_is_said_before_anybody_is_invited(any_chat: Chat) -> None:
    nobody = ["nobody@example.com", "U0NOBODY01"]
    if isinstance(any_chat, FakeChat):
        any_chat.unfindable.update(nobody)
    known = ["U0ADA00001", "grace@example.com", "@oncall"]
    assert set(await any_chat.unknown([*known, *nobody])) == set(nobody)
    assert not await any_chat.unknown(known)


async def test_who_cannot_be_invited_is_named(any_chat: Chat) -> None:
    if isinstance(any_chat, FakeChat):
        any_chat.unfindable.add("nobody@example.com")
    channel = await any_chat.create_channel("inc-1")
    refused = await any_chat.invite(channel.id, ["nobody@example.com", "U0LINUS003"])
    assert refused == {"nobody@example.com": "users_not_found"}
