"""The `Chat` port on Slack's Web API; after a lost reply it finds what was done by author and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from bot.app.ports import Chat
from bot.domain.errors import RemoteMisconfiguredError, RemoteRefusedError
from bot.domain.view import ChannelRef
from bot.slack.invitations import Invitations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.app.ports import Message
    from bot.slack.webapi import WebApi

EVENT_TYPE: Final = "tocsin_effect"
CLOCK_SKEW: Final = timedelta(minutes=2)
TOPIC_LIMIT: Final = 250
TEXT_LIMIT: Final = 4000
_CHANNELS_A_PAGE: Final = 999
_MESSAGES_A_PAGE: Final = 200
_OF_BLOCKS: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in Slack."""

    team_id: str
    user_id: str
    bot_id: str


class SlackChat(Chat):
    """The chat, call by call."""

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._invitations = Invitations(api)
        self._identity: Identity | None = None

    async def check(self) -> None:
        """See `Chat.check`; asks Slack each time."""
        self._identity = await self._ask()

    async def identity(self) -> Identity:
        """Who the token is; asked once."""
        if self._identity is None:
            self._identity = await self._ask()
        return self._identity

    async def _ask(self) -> Identity:
        answer = await self._api.write("auth.test")
        return Identity(
            str(answer.get("team_id") or ""),
            str(answer.get("user_id") or ""),
            str(answer.get("bot_id") or ""),
        )

    async def create_channel(self, name: str) -> ChannelRef:
        """See `Chat.create_channel`."""
        answer = await self._api.write("conversations.create", name=name)
        return await self._reference(answer["channel"])

    async def find_own_channel(self, name: str, not_before: datetime) -> ChannelRef | None:
        """See `Chat.find_own_channel`; Slack's clock may be two minutes behind ours.

        It is looked for among the bot's own channels: a workspace may have more than it may be asked about.
        """
        try:
            return await self._own_among("users.conversations", name, not_before)
        except RemoteRefusedError:
            return await self._own_among("conversations.list", name, not_before)

    async def _own_among(self, method: str, name: str, not_before: datetime) -> ChannelRef | None:
        own = await self.identity()
        earliest = (not_before - CLOCK_SKEW).timestamp()
        async for channel in self._public_channels(method):
            if (
                channel.get("name") == name
                and channel.get("creator") == own.user_id
                and float(channel.get("created") or 0) >= earliest
            ):
                return await self._reference(channel)
        return None

    async def find_channel(self, name: str) -> str | None:
        """See `Chat.find_channel`."""
        async for channel in self._public_channels("conversations.list"):
            if channel.get("name") == name:
                return str(channel["id"])
        return None

    async def can_post(self, channel_id: str) -> bool:
        """See `Chat.can_post`; one that we may not even look at is none that we can post to."""
        try:
            channel = (await self._api.read("conversations.info", channel=channel_id))["channel"]
        except (RemoteRefusedError, RemoteMisconfiguredError):
            return False
        return bool(channel.get("is_member")) and not channel.get("is_archived")

    async def set_topic(self, channel_id: str, topic: str) -> None:
        """See `Chat.set_topic`."""
        await self._api.write("conversations.setTopic", channel=channel_id, topic=topic[:TOPIC_LIMIT])

    async def invite(self, channel_id: str, people: Sequence[str]) -> Mapping[str, str]:
        """See `Chat.invite`."""
        return await self._invitations.invite(channel_id, people, (await self.identity()).user_id)

    async def unknown(self, people: Sequence[str]) -> Mapping[str, str]:
        """See `Chat.unknown`."""
        return await self._invitations.unknown(people)

    async def post(self, channel_id: str, message: Message, key: str, thread_ts: str | None = None) -> str:
        """See `Chat.post`."""

        async def post(blocks: Sequence[Any]) -> str:
            answer = await self._api.write(
                "chat.postMessage",
                channel=channel_id,
                text=message.text[:TEXT_LIMIT],
                blocks=list(blocks) or None,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["ts"])

        return await _as_it_can(post, message)

    async def find_message(
        self, channel_id: str, key: str, not_before: datetime, thread_ts: str | None = None
    ) -> str | None:
        """See `Chat.find_message`; Slack's clock may be two minutes behind ours."""
        own = await self.identity()
        method = "conversations.replies" if thread_ts else "conversations.history"
        pages = self._api.pages(
            method,
            channel=channel_id,
            ts=thread_ts,
            oldest=f"{(not_before - CLOCK_SKEW).timestamp():.6f}",
            include_all_metadata=True,
            limit=_MESSAGES_A_PAGE,
        )
        async for page in pages:
            for message in page.get("messages") or ():
                if _key_of(message) == key and _is_ours(message, own):
                    return str(message["ts"])
        return None

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """See `Chat.update`; the message keeps its metadata."""

        async def update(blocks: Sequence[Any]) -> None:
            await self._api.write(
                "chat.update", channel=channel_id, ts=ts, text=message.text[:TEXT_LIMIT], blocks=list(blocks)
            )

        await _as_it_can(update, message)

    async def _public_channels(self, method: str) -> AsyncIterator[Mapping[str, Any]]:
        pages = self._api.pages(method, types="public_channel", exclude_archived=True, limit=_CHANNELS_A_PAGE)
        async for page in pages:
            for channel in page.get("channels") or ():
                yield channel

    async def _reference(self, channel: Mapping[str, Any]) -> ChannelRef:
        team = channel.get("context_team_id") or (await self.identity()).team_id
        return ChannelRef(team_id=str(team), id=str(channel["id"]), name=str(channel["name"]))


async def _as_it_can(send: Callable[[Sequence[Any]], Awaitable[T]], message: Message) -> T:
    """Send it; where Slack does not take its blocks, the text alone: better plain than not at all."""
    try:
        return await send(message.blocks)
    except RemoteRefusedError as error:
        if error.detail not in _OF_BLOCKS or not message.blocks:
            raise
        log.error("Slack does not take the blocks of a message; its text is sent alone", error=error.detail)  # noqa: TRY400 - a traceback says no more
        return await send(())


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    key = (metadata.get("event_payload") or {}).get("key")
    return str(key) if key is not None else None


def _is_ours(message: Mapping[str, Any], own: Identity) -> bool:
    return message.get("user") == own.user_id or (bool(own.bot_id) and message.get("bot_id") == own.bot_id)
