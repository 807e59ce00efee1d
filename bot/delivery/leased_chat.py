"""Slack, spoken to only while the lease on the effect in hand is surely held.

The fence keeps a worker that was held up for longer than its lease from recording, but Slack knows no fences:
such a worker must not say again what another one has said meanwhile.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app.ports import Chat
from bot.delivery.attempt import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.app.ports import Clock, Message
    from bot.domain.view import ChannelRef


@dataclass(slots=True)
class Lease:
    """A lease of so long, as its worker knows it: `held_until` is what the last renewal gave at least."""

    clock: Clock
    length: timedelta
    held_until: datetime

    @property
    def left(self) -> timedelta:
        """How much longer it is surely held."""
        return self.held_until - self.clock()


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
        async with _while_held():
            return await self._inner.create_channel(name)

    async def find_own_channel(self, name: str, not_before: datetime) -> ChannelRef | None:
        """See `Chat.find_own_channel`."""
        return await self._inner.find_own_channel(name, not_before)

    async def find_channel(self, name: str) -> str | None:
        """See `Chat.find_channel`."""
        return await self._inner.find_channel(name)

    async def can_post(self, channel_id: str) -> bool:
        """See `Chat.can_post`."""
        return await self._inner.can_post(channel_id)

    async def set_topic(self, channel_id: str, topic: str) -> None:
        """See `Chat.set_topic`."""
        async with _while_held():
            await self._inner.set_topic(channel_id, topic)

    async def invite(self, channel_id: str, people: Sequence[str]) -> Mapping[str, str]:
        """See `Chat.invite`."""
        async with _while_held():
            return await self._inner.invite(channel_id, people)

    async def unknown(self, people: Sequence[str]) -> Mapping[str, str]:
        """See `Chat.unknown`."""
        return await self._inner.unknown(people)

    async def post(self, channel_id: str, message: Message, key: str, thread_ts: str | None = None) -> str:
        """See `Chat.post`."""
        async with _while_held():
            return await self._inner.post(channel_id, message, key, thread_ts)

    async def find_message(
        self, channel_id: str, key: str, not_before: datetime, thread_ts: str | None = None
    ) -> str | None:
        """See `Chat.find_message`."""
        return await self._inner.find_message(channel_id, key, not_before, thread_ts)

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """See `Chat.update`."""
        async with _while_held():
            await self._inner.update(channel_id, ts, message)

    async def check(self) -> None:
        """See `Chat.check`."""
        await self._inner.check()


@asynccontextmanager
async def _while_held() -> AsyncIterator[None]:
    """A call begins only while a third of the lease is left (renewals keep two), and ends before the lease.

    The bound matters to a call that has not been sent when the process is held up: it never will be.

    Raises:
        LeaseLostError: too little is left, or the call took too long.
    """
    lease = _IN_HAND.get()
    if lease is None:
        yield
        return
    if lease.left < lease.length / 3:
        raise LeaseLostError(f"held until {lease.held_until.isoformat()}")
    try:
        async with asyncio.timeout(lease.left.total_seconds()):
            yield
    except TimeoutError as error:
        raise LeaseLostError("the call outlasted the lease") from error
