"""One transaction's connection, for SQLAlchemy's statements and for asyncpg's sets and COPY alike."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from bot.store.engine import translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    import asyncpg
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_ROLLBACK_WITHIN: Final = 3.0
OUTBOX_CHANNEL: Final = "tocsin_outbox"
TIMERS_CHANNEL: Final = "tocsin_timers"


class Session:
    """A transaction in progress: `core` takes SQLAlchemy's statements, `raw` is asyncpg's connection."""

    def __init__(self, core: AsyncConnection, raw: asyncpg.Connection[Any]) -> None:
        self.core = core
        self.raw = raw
        self.quiet_revision: int | None = None
        """The revision of silences and windows, where this transaction has seen it."""
        self._news: dict[str, set[str]] = {}

    def notify(self, channel: str, kinds: Iterable[str] = ()) -> None:
        """Wake those who listen on the channel for work of these kinds, once, when the transaction commits.

        `kinds` are names of ours, never somebody's input: they go into the statement as they are.
        """
        self._news.setdefault(channel, set()).update(kinds)

    async def commit(self) -> None:
        """Commit, with the notices, in one round trip."""
        notices = "".join(
            f"NOTIFY {channel}, '{' '.join(sorted(kinds))}'; "
            for channel, kinds in sorted(self._news.items())
        )
        await self.raw.execute(f"{notices}COMMIT")

    async def tell(self) -> None:
        """Send the notices, where there is no transaction to carry them."""
        for channel, kinds in sorted(self._news.items()):
            await self.raw.execute("SELECT pg_notify($1, $2)", channel, " ".join(sorted(kinds)))


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Session]:
    """A transaction (READ COMMITTED); it commits when the block ends without an exception.

    Raises:
        StoreUnavailableError, ConflictError: as `translated`.
    """
    async with _session(engine) as session:
        await session.raw.execute("BEGIN")
        yield session
        await session.commit()


@contextlib.asynccontextmanager
async def statements(engine: AsyncEngine) -> AsyncIterator[Session]:
    """A connection whose statements commit one by one.

    Raises:
        StoreUnavailableError, ConflictError: as `translated`.
    """
    async with _session(engine) as session:
        yield session
        await session.tell()


@contextlib.asynccontextmanager
async def _session(engine: AsyncEngine) -> AsyncIterator[Session]:
    """A connection of the pool, which does not go back there in the middle of something."""
    with translated():
        async with engine.connect() as core:
            raw: asyncpg.Connection[Any] = (await core.get_raw_connection()).driver_connection
            try:
                yield Session(core, raw)
            except BaseException:
                await _abandon(core, raw)
                raise


async def _abandon(core: AsyncConnection, raw: asyncpg.Connection[Any]) -> None:
    """Roll back; a connection that cannot do it soon is thrown away, which rolls back as well."""
    try:
        async with asyncio.timeout(_ROLLBACK_WITHIN):
            await raw.execute("ROLLBACK")
    except BaseException as error:  # whatever keeps a connection from rolling back, it is not used again
        raw.terminate()
        await core.invalidate()
        if isinstance(error, asyncio.CancelledError):
            raise
