"""The `Chat` port in memory, for tests of what uses it: keeps the port's promises, fails on order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.app.ports import Chat
from bot.domain.errors import RemoteRefusedError
from bot.domain.view import ChannelRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.app.ports import Message

SKEW = timedelta(minutes=2)


@dataclass(slots=True)
class FakeMessage:
    """One posted message; `updates` counts how often it was replaced."""

    ts: str
    key: str
    message: Message
    thread_ts: str | None
    posted_at: datetime
    updates: int = 0


@dataclass(slots=True)
class FakeChannel:
    """One channel with what happened in it."""

    ref: ChannelRef
    created_at: datetime
    ours: bool = True
    archived: bool = False
    topic: str = ""
    people: list[str] = field(default_factory=list)
    messages: list[FakeMessage] = field(default_factory=list)


class FakeChat(Chat):
    """Channels by id. `unfindable` holds the people whom nobody can invite."""

    def __init__(
        self, *, team_id: str = "T1", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.channels: dict[str, FakeChannel] = {}
        self.unfindable: set[str] = set()
        self.calls: list[str] = []
        self._team_id = team_id
        self._now = now
        self._failures: list[tuple[str, Exception, bool]] = []
        self._number = 0
        self._made = 0

    def fail(self, method: str, error: Exception, *, executed: bool = False) -> None:
        """The next call of this method raises; with `executed` it takes effect before."""
        self._failures.append((method, error, executed))

    def named(self, name: str) -> FakeChannel:
        """The channel of that name."""
        return next(channel for channel in self.channels.values() if channel.ref.name == name)

    def add_foreign(self, name: str) -> FakeChannel:
        """A channel that somebody else created."""
        channel = self._add(name, ours=False)
        return self.channels[channel.id]

    async def check(self) -> None:
        """See `Chat.check`."""
        self._enter("check")
        self._leave("check")

    async def create_channel(self, name: str) -> ChannelRef:
        """See `Chat.create_channel`."""
        self._enter("create_channel")
        if any(channel.ref.name == name for channel in self.channels.values()):
            raise RemoteRefusedError("name_taken")
        ref = self._add(name, ours=True)
        self._leave("create_channel")
        return ref

    async def find_own_channel(self, name: str, not_before: datetime) -> ChannelRef | None:
        """See `Chat.find_own_channel`."""
        self._enter("find_own_channel")
        found = next(
            (
                channel.ref
                for channel in self.channels.values()
                if channel.ref.name == name and channel.ours and channel.created_at >= not_before - SKEW
            ),
            None,
        )
        self._leave("find_own_channel")
        return found

    async def find_channel(self, name: str) -> str | None:
        """See `Chat.find_channel`."""
        self._enter("find_channel")
        found = next((one.ref.id for one in self.channels.values() if one.ref.name == name), None)
        self._leave("find_channel")
        return found

    async def can_post(self, channel_id: str) -> bool:
        """See `Chat.can_post`."""
        self._enter("can_post")
        channel = self.channels.get(channel_id)
        self._leave("can_post")
        return channel is not None and not channel.archived

    async def set_topic(self, channel_id: str, topic: str) -> None:
        """See `Chat.set_topic`."""
        self._enter("set_topic")
        self._channel(channel_id).topic = topic[:250]
        self._leave("set_topic")

    async def invite(self, channel_id: str, people: Sequence[str]) -> Mapping[str, str]:
        """See `Chat.invite`."""
        self._enter("invite")
        members = self._channel(channel_id).people
        members += [one for one in people if one not in self.unfindable and one not in members]
        self._leave("invite")
        return {one: "users_not_found" for one in people if one in self.unfindable}

    async def unknown(self, people: Sequence[str]) -> Mapping[str, str]:
        """See `Chat.unknown`."""
        self._enter("unknown")
        self._leave("unknown")
        return {one: "users_not_found" for one in people if one in self.unfindable}

    async def post(self, channel_id: str, message: Message, key: str, thread_ts: str | None = None) -> str:
        """See `Chat.post`."""
        self._enter("post")
        if channel_id.startswith("#"):
            ids = (one.ref.id for one in self.channels.values() if f"#{one.ref.name}" == channel_id)
            channel_id = next(ids, channel_id)
        now = self._now()
        self._number += 1
        ts = f"{int(now.timestamp())}.{self._number:06d}"
        self._channel(channel_id).messages.append(FakeMessage(ts, key, message, thread_ts, now))
        self._leave("post")
        return ts

    async def find_message(
        self, channel_id: str, key: str, not_before: datetime, thread_ts: str | None = None
    ) -> str | None:
        """See `Chat.find_message`."""
        self._enter("find_message")
        found = next(
            (
                one.ts
                for one in reversed(self._channel(channel_id).messages)
                if one.key == key and one.posted_at >= not_before - SKEW and one.thread_ts == thread_ts
            ),
            None,
        )
        self._leave("find_message")
        return found

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """See `Chat.update`."""
        self._enter("update")
        posted = next((one for one in self._channel(channel_id).messages if one.ts == ts), None)
        if posted is None:
            raise RemoteRefusedError("message_not_found")
        posted.message, posted.updates = message, posted.updates + 1
        self._leave("update")

    def _add(self, name: str, *, ours: bool) -> ChannelRef:
        self._made += 1
        ref = ChannelRef(self._team_id, f"C{self._made:05d}", name)
        self.channels[ref.id] = FakeChannel(ref, self._now(), ours)
        return ref

    def _channel(self, channel_id: str) -> FakeChannel:
        if channel_id not in self.channels:
            raise RemoteRefusedError("channel_not_found")
        if self.channels[channel_id].archived:
            raise RemoteRefusedError("is_archived")
        return self.channels[channel_id]

    def _enter(self, method: str) -> None:
        self.calls.append(method)
        self._raise(method, executed=False)

    def _leave(self, method: str) -> None:
        self._raise(method, executed=True)

    def _raise(self, method: str, *, executed: bool) -> None:
        for failure in self._failures:
            if failure[0] == method and failure[2] is executed:
                self._failures.remove(failure)
                raise failure[1]
