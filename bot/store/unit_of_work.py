"""The store: transactions with their repositories, the check of the schema, and news of work."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bot.app.ports import no_hands
from bot.store.board import BoardTables
from bot.store.changes import ChangeTable
from bot.store.chat import ChatTables
from bot.store.dead_letters import QuarantineTable
from bot.store.engine import Bounds, create_engine
from bot.store.events import EventTable
from bot.store.inbox import InboxTable
from bot.store.incidents import IncidentTables
from bot.store.listen import listening
from bot.store.outbox import OutboxTable, no_origin
from bot.store.past import PastTable
from bot.store.quiets import KnownQuiets, QuietTable
from bot.store.rankings import RankingTable
from bot.store.runs import RunTables
from bot.store.schema import check_schema
from bot.store.session import OUTBOX_CHANNEL, statements, transaction
from bot.store.timers import TimerTable
from bot.store.verdicts import VerdictTable
from bot.store.warming import warm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from contextlib import AbstractAsyncContextManager

    from bot.app.ports import (
        Board,
        Changes,
        ChatRecords,
        DeadLetters,
        EventLog,
        Hands,
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
        Wake,
    )
    from bot.store.outbox import Origin
    from bot.store.session import Session


class PostgresUnitOfWork:
    """One transaction with its repositories."""

    def __init__(
        self, session: Session, known: KnownQuiets, origin: Origin = no_origin, hands: Hands = no_hands
    ) -> None:
        self.inbox: Inbox = InboxTable(session)
        quiets = QuietTable(session, known)
        self.quiets: Quiets = quiets
        self.board: Board = BoardTables(session, quiets)
        self.events: EventLog = EventTable(session)
        self.past: Past = PastTable(session)
        self.changes: Changes = ChangeTable(session)
        self.rankings: Rankings = RankingTable(session)
        self.verdicts: Verdicts = VerdictTable(session)
        self.incidents: Incidents = IncidentTables(session)
        self.chat: ChatRecords = ChatTables(session)
        self.runs: Runs = RunTables(session)
        self.outbox: Outbox = OutboxTable(session, origin, hands)
        self.timers: Timers = TimerTable(session)
        self.dead_letters: DeadLetters = QuarantineTable(session)


class PostgresStore:
    """The `Store` port on PostgreSQL. Connects on first use; `close` ends its connections.

    `origin` gives the trace that new effects belong to, `hands` whoever in this process may do one at once.
    """

    def __init__(
        self,
        url: str,
        bounds: Bounds | None = None,
        application: str = "tocsin",
        origin: Origin = no_origin,
        hands: Hands = no_hands,
    ) -> None:
        self._url = url
        self._bounds = bounds or Bounds()
        self._application = application
        self._origin = origin
        self._hands = hands
        self._quiets = KnownQuiets()
        self.engine = create_engine(url, self._bounds, application)

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """A transaction; it commits when the block ends without an exception.

        Raises:
            StoreUnavailableError: the database cannot be reached or broke off; after a commit whose answer
                was lost the writes may be there, which is what the inbox is for.
            ConflictError: a serialisation failure or deadlock; nothing was written.
        """
        async with transaction(self.engine) as session:
            yield PostgresUnitOfWork(session, self._quiets, self._origin, self._hands)

    @contextlib.asynccontextmanager
    async def singly(self) -> AsyncIterator[UnitOfWork]:
        """The repositories without a transaction: each statement sees what is committed, and commits.

        For reading, and for a write that is one statement: it saves two of three round trips, and a row that
        a reader locks to wait for its writer is let go of at once.

        Raises:
            StoreUnavailableError, ConflictError: as `begin`.
        """
        async with statements(self.engine) as session:
            yield PostgresUnitOfWork(session, self._quiets, self._origin, self._hands)

    async def warm(self) -> None:
        """Open all connections, so that nobody waits for them and for their first statements.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        await warm(self.engine, self._bounds.pool)

    async def check(self) -> None:
        """Make sure that the database answers and its schema is in our range.

        Raises:
            SchemaError: the schema is out of it, or not there.
            StoreUnavailableError: the database does not answer, with the reason.
        """
        async with transaction(self.engine) as session:
            await check_schema(session.raw)

    def wakes(self, kinds: Collection[str] = ()) -> AbstractAsyncContextManager[Wake]:
        """Subscribe to the news that the outbox holds work (LISTEN/NOTIFY); a slow poll backs it up.

        With `kinds`, only to work of these kinds.
        """
        return listening(self._url, OUTBOX_CHANNEL, self._bounds, self._application, frozenset(kinds))

    async def close(self) -> None:
        """End the connections of the pool."""
        await self.engine.dispose()
