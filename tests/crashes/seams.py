"""The ports of the product with a fuse at each seam, and with one guard taken out where that is asked for."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from aiokafka import AIOKafkaConsumer

from tests.crashes.fuse import Guard, Point

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.app.ports import Chat, Store, UnitOfWork
    from tests.crashes.fuse import Fuse

TOO_LATE: Final = "an outcome came too late"


class FusedStore:
    """Burns before and after the commit of a transaction that took something in or recorded an outcome."""

    def __init__(self, inner: Store, fuse: Fuse, without: Guard | None) -> None:
        self._inner = inner
        self._fuse = fuse
        self._without = without
        self.check = inner.check
        self.singly = inner.singly
        self.wakes = inner.wakes

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        seen: set[str] = set()
        async with self._inner.begin() as uow:
            open_ended: Any = uow
            open_ended.inbox = _Inbox(uow.inbox, seen, known_is_new=self._without is Guard.INBOX)
            open_ended.outbox = _Outbox(uow.outbox, seen, unfenced=self._without is Guard.FENCING)
            yield uow
            if seen:
                self._fuse.reached(Point.BEFORE_COMMIT)
        if seen:
            self._fuse.reached(Point.AFTER_COMMIT)


class _Inbox:
    def __init__(self, inner: Any, seen: set[str], *, known_is_new: bool) -> None:
        self._inner = inner
        self._seen = seen
        self._known_is_new = known_is_new

    async def admit(self, consumer: str, ids: Sequence[str]) -> set[str]:
        new: set[str] = await self._inner.admit(consumer, ids)
        self._seen.update(new)
        return set(ids) if self._known_is_new else new


class _Outbox:
    """The outbox; `unfenced`, it lets whoever has lost the lease record an outcome as if it were held."""

    def __init__(self, inner: Any, seen: set[str], *, unfenced: bool) -> None:
        self._inner = inner
        self._seen = seen
        self._unfenced = unfenced

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def renew(self, *given: Any) -> bool:
        return await self._inner.renew(*given) or self._unfenced

    async def done(self, *given: Any) -> bool:
        held = await self._inner.done(*given)
        self._seen.add("done")
        if not held:
            sys.stderr.write(f"{TOO_LATE}\n")
            sys.stderr.flush()
        return held or self._unfenced


class FusedChat:
    """Burns after a reply; without reconciliation it never finds what an earlier attempt did."""

    def __init__(self, inner: Chat, fuse: Fuse, without: Guard | None) -> None:
        self._inner = inner
        self._fuse = fuse
        self._blind = without is Guard.RECONCILIATION

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        async def call(*given: Any, **named: Any) -> Any:
            if self._blind and name.startswith("find_"):
                return None
            answer = await method(*given, **named)
            if not name.startswith("find_"):
                self._fuse.reached(Point.AFTER_REPLY, name)
            return answer

        return call


def fused_store(fuse: Fuse, without: Guard | None) -> Callable[[Store], Store]:
    """What wiring puts in the store's place."""
    return lambda inner: FusedStore(inner, fuse, without)


def fused_chat(fuse: Fuse, without: Guard | None) -> Callable[[Chat], Chat]:
    """What wiring puts in the chat's place."""
    return lambda inner: cast("Chat", FusedChat(inner, fuse, without))


def fused_consumer(fuse: Fuse) -> Callable[..., Any]:
    """Makes consumers that burn before they commit their offsets."""

    class FusedConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
        async def commit(self, offsets: Any = None) -> None:
            fuse.reached(Point.BEFORE_OFFSETS)
            await super().commit(offsets)

    return FusedConsumer
