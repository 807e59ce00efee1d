"""The fake of the `Store` port: transactions over dictionaries, one at a time, undone when they fail."""

from __future__ import annotations

import asyncio
import contextlib
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.domain.errors import StoreUnavailableError
from bot.store.outbox import no_origin
from tests.support.memory.board import (
    MemoryBoard,
    MemoryChanges,
    MemoryEvents,
    MemoryInbox,
    MemoryQuiets,
    MemoryRankings,
)
from tests.support.memory.outbox import MemoryOutbox, MemoryTimers
from tests.support.memory.past import MemoryPast
from tests.support.memory.records import MemoryChat, MemoryDeadLetters, MemoryIncidents, MemoryRuns
from tests.support.memory.state import State
from tests.support.memory.verdicts import MemoryVerdicts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from contextlib import AbstractAsyncContextManager

    from bot.app.ports import (
        Board,
        Changes,
        ChatRecords,
        DeadLetters,
        EventLog,
        Inbox,
        Incidents,
        Outbox,
        Past,
        Quiets,
        Rankings,
        Runs,
        Timers,
        UnitOfWork,
        Verdicts,
    )


class FakeUnitOfWork:
    """One transaction."""

    def __init__(
        self,
        state: State,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        origin: Callable[[], str | None],
    ) -> None:
        self.inbox: Inbox = MemoryInbox(state)
        self.board: Board = MemoryBoard(state)
        self.quiets: Quiets = MemoryQuiets(state)
        self.past: Past = MemoryPast(state)
        self.events: EventLog = MemoryEvents(state)
        self.changes: Changes = MemoryChanges(state)
        self.rankings: Rankings = MemoryRankings(state)
        self.verdicts: Verdicts = MemoryVerdicts(state)
        self.incidents: Incidents = MemoryIncidents(state)
        self.chat: ChatRecords = MemoryChat(state)
        self.runs: Runs = MemoryRuns(state)
        self.outbox: Outbox = MemoryOutbox(state, clock, wake, origin)
        self.timers: Timers = MemoryTimers(state)
        self.dead_letters: DeadLetters = MemoryDeadLetters(state)


class FakeWake:
    """A subscription to news of work."""

    def __init__(self) -> None:
        self.news = asyncio.Event()

    async def wait(self, at_most: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self.news.wait()
        self.news.clear()


class FakeStore:
    """`state` can be looked into; `reachable` is whether there is a database."""

    def __init__(
        self, clock: Callable[[], datetime] | None = None, origin: Callable[[], str | None] = no_origin
    ) -> None:
        self.state = State()
        self._origin = origin
        self.reachable = True
        self._clock = clock or (lambda: datetime.now(UTC))
        self._turn = asyncio.Lock()
        self._wakes: list[FakeWake] = []

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        async with self._turn:
            await self.check()
            before = deepcopy(self.state)
            news = asyncio.Event()
            try:
                yield FakeUnitOfWork(self.state, self._clock, news.set, self._origin)
                await self.check()  # a database that went away in the middle has kept nothing
            except BaseException:
                self.state = before
                raise
        for wake in self._wakes if news.is_set() else ():
            wake.news.set()

    def singly(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self.begin()

    async def check(self) -> None:
        if not self.reachable:
            raise StoreUnavailableError("ConnectionRefusedError")

    @contextlib.asynccontextmanager
    async def wakes(self, kinds: Collection[str] = ()) -> AsyncIterator[FakeWake]:
        wake = FakeWake()
        wake.news.set()  # as with PostgreSQL, the first news is that somebody listens
        self._wakes.append(wake)
        try:
            yield wake
        finally:
            self._wakes.remove(wake)
