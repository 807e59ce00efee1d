"""Slack, spoken to only while the lease on the effect in hand is surely held.

The fence keeps a worker that was held up for longer than its lease from recording, but Slack knows no fences:
such a worker must not say again what another one has said meanwhile.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app.ports import Chat
from bot.delivery.attempt import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from bot.app.ports import Clock, Message
    from bot.domain.view import ChannelRef


@dataclass(slots=True)
class Lease:
    """A lease of so long, as its worker knows it: `held_until` is what the last renewal gave at least."""

    clock: Clock
    length: timedelta
    held_until: datetime

    def make_sure(self) -> None:
        """A call takes its time too, so a third must be left; renewals keep two thirds.

        Raises:
            LeaseLostError: less is left.
        """
        if self.held_until - self.clock() < self.length / 3:
            raise LeaseLostError(f"held until {self.held_until.isoformat()}")


_IN_HAND: ContextVar[Lease | None] = ContextVar("lease in hand", default=None)


@contextmanager
def in_hand(lease: Lease) -> Iterator[None]:
    """Tasks that are made in the block speak under this lease."""
    token = _IN_HAND.set(lease)
    try:
        yield
    finally:
        _IN_HAND.reset(token)


class LeasedChat(Chat):
    """The `Chat` port; every call that changes something may also raise LeaseLostError."""

    def __init__(self, inner: Chat) -> None:
        self._inner = inner

    async def create_channel(self, name: str) -> ChannelRef:
        """See `Chat.create_channel`."""
        _make_sure()
        return await self._inner.create_channel(name)

    async def find_own_channel(self, name: str, not_before: datetime) -> ChannelRef | None:
        """See `Chat.find_own_channel`."""
        return await self._inner.find_own_channel(name, not_before)

    async def set_topic(self, channel_id: str, topic: str) -> None:
        """See `Chat.set_topic`."""
        _make_sure()
        await self._inner.set_topic(channel_id, topic)

    async def invite(self, channel_id: str, people: Sequence[str]) -> None:
        """See `Chat.invite`."""
        _make_sure()
        await self._inner.invite(channel_id, people)

    async def post(self, channel_id: str, message: Message, key: str, thread_ts: str | None = None) -> str:
        """See `Chat.post`."""
        _make_sure()
        return await self._inner.post(channel_id, message, key, thread_ts)

    async def find_message(
        self, channel_id: str, key: str, not_before: datetime, thread_ts: str | None = None
    ) -> str | None:
        """See `Chat.find_message`."""
        return await self._inner.find_message(channel_id, key, not_before, thread_ts)

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """See `Chat.update`."""
        _make_sure()
        await self._inner.update(channel_id, ts, message)

    async def check(self) -> None:
        """See `Chat.check`."""
        await self._inner.check()


def _make_sure() -> None:
    lease = _IN_HAND.get()
    if lease is not None:
        lease.make_sure()
