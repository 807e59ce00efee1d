"""One transaction on one connection: as few round trips as it takes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from bot.domain.errors import ConflictError
from bot.store.engine import translated
from bot.store.gathered import together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.store.gathered import Write

_ROLLBACK_WITHIN: Final = 3.0
OUTBOX_CHANNEL: Final = "tocsin_outbox"


class Session:
    """A connection in use, mostly for one transaction.

    In a transaction `put` gathers writes, and every other statement lets them go first. `raw` is asyncpg's
    connection, for what is no transaction.
    """

    def __init__(self, raw: asyncpg.Connection[Any], *, in_transaction: bool) -> None:
        self.raw = raw
        self.quiet_revision: int | None = None
        """The revision of silences and windows, where this transaction has seen it."""
        self._in_transaction = in_transaction
        self._begun = False
        self._gathered: dict[Write, tuple[Sequence[Sequence[Any]], Callable[[Any], None] | None]] = {}
        self._news: dict[str, set[str]] = {}
        self._at_the_end: list[Callable[[bool], None]] = []

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """The rows of a query."""
        await self._ready()
        rows: list[Any] = await self.raw.fetch(query, *values)
        return rows

    async def fetchrow(self, query: str, *values: Any) -> Any:
        """The first row of a query, None where there is none."""
        await self._ready()
        return await self.raw.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        """The first value of a query's first row, None where there is none."""
        await self._ready()
        return await self.raw.fetchval(query, *values)

    async def fetch_past(self, query: str, *values: Any) -> list[Any]:
        """As `fetch`, past what is gathered: for what neither depends on that nor matters to it."""
        await self._begin()
        rows: list[Any] = await self.raw.fetch(query, *values)
        return rows

    async def copy(self, table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
        """Enter rows with COPY, the fastest way for many; past what is gathered."""
        await self._begin()
        await self.raw.copy_records_to_table(table, columns=columns, records=records)

    async def execute(self, statement: str, *values: Any) -> str:
        """The status of a statement (`UPDATE 1`)."""
        await self._ready()
        status: str = await self.raw.execute(statement, *values)
        return status

    async def put(
        self, write: Write, columns: Sequence[Sequence[Any]], then: Callable[[Any], None] | None = None
    ) -> None:
        """Write sets of rows, all columns of the same length, before the transaction's next statement or end.

        Where each statement commits by itself, at once. `then` is told the write's answer.

        Raises:
            ConflictError: as `flush`; where it is gathered, whoever lets it go first gets that.
        """
        if write in self._gathered:
            await self.flush()
        self._gathered[write] = columns, then
        if not self._in_transaction:
            await self.flush()

    async def flush(self) -> None:
        """Write what is gathered, in one round trip.

        Raises:
            ConflictError: a row that had to be written was not.
        """
        if not self._gathered:
            return
        gathered, self._gathered = self._gathered, {}
        await self._begin()
        values = [column for columns, _ in gathered.values() for column in columns]
        answers = await self.raw.fetchrow(together(tuple(gathered)), *values)
        for (write, (columns, then)), answer in zip(gathered.items(), answers or (), strict=True):
            if write.conflict and answer < len(columns[0]):
                raise ConflictError(write.conflict)
            if then is not None:
                then(answer)

    async def run_first(self, script: str) -> None:
        """Run statements without values; where they are the transaction's first, they begin it on the way.

        They go to the database as they are, so nothing that somebody else wrote may be in them.
        """
        await self.flush()
        begin, self._begun = "" if self._begun or not self._in_transaction else "BEGIN; ", True
        await self.raw.execute(begin + script)

    def notify(self, channel: str, kinds: Iterable[str]) -> None:
        """Wake those who listen on the channel for work of these kinds, once, when the transaction commits.

        `kinds` are names of ours, never somebody's input: they go into the statement as they are.
        """
        self._news.setdefault(channel, set()).update(kinds)

    def at_the_end(self, call: Callable[[bool], None]) -> None:
        """Be told once all is over whether it is known to have been committed."""
        self._at_the_end.append(call)

    def ended(self, *, committed: bool) -> None:
        """Tell those who wait for the end."""
        for call in self._at_the_end:
            call(committed)

    async def commit(self) -> None:
        """Commit, with the notices, in one round trip."""
        await self.flush()
        if self._news:
            await self._begin()
        if not self._begun:
            return
        notices = "".join(
            f"NOTIFY {channel}, '{' '.join(sorted(kinds))}'; "
            for channel, kinds in sorted(self._news.items())
        )
        await self.raw.execute(f"{notices}COMMIT")

    async def tell(self) -> None:
        """Send the notices, where there is no transaction to carry them."""
        for channel, kinds in sorted(self._news.items()):
            await self.raw.execute("SELECT pg_notify($1, $2)", channel, " ".join(sorted(kinds)))

    async def _ready(self) -> None:
        await self._begin()
        await self.flush()

    async def _begin(self) -> None:
        if self._in_transaction and not self._begun:
            self._begun = True
            await self.raw.execute("BEGIN")


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Session]:
    """A transaction (READ COMMITTED); it commits when the block ends without an exception.

    Raises:
        StoreUnavailableError, ConflictError: as `translated`.
    """
    async with _session(engine, in_transaction=True) as session:
        yield session
        await session.commit()


@contextlib.asynccontextmanager
async def statements(engine: AsyncEngine) -> AsyncIterator[Session]:
    """A connection whose statements commit one by one.

    Raises:
        StoreUnavailableError, ConflictError: as `translated`.
    """
    async with _session(engine, in_transaction=False) as session:
        yield session
        await session.tell()


@contextlib.asynccontextmanager
async def _session(engine: AsyncEngine, *, in_transaction: bool) -> AsyncIterator[Session]:
    """A connection of the pool, which does not go back there in the middle of something."""
    with translated():
        async with engine.connect() as core:
            raw: asyncpg.Connection[Any] = (await core.get_raw_connection()).driver_connection
            session = Session(raw, in_transaction=in_transaction)
            try:
                yield session
            except BaseException as error:
                session.ended(committed=False)
                await _abandon(core, raw, error)
                raise
            session.ended(committed=True)


async def _abandon(core: AsyncConnection, raw: asyncpg.Connection[Any], why: BaseException) -> None:
    """Roll back; a connection that cannot do it soon is thrown away, which rolls back as well.

    So is one to a server that only reads: the next one may lead to the server that has taken its place.
    """
    if isinstance(why, asyncpg.ReadOnlySQLTransactionError):
        raw.terminate()
        await core.invalidate()
        return
    try:
        async with asyncio.timeout(_ROLLBACK_WITHIN):
            await raw.execute("ROLLBACK")
    except BaseException as error:  # whatever keeps a connection from rolling back, it is not used again
        raw.terminate()
        await core.invalidate()
        if isinstance(error, asyncio.CancelledError):
            raise
