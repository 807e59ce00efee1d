"""Brings the schema up to date under a lock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.dsn import plain_dsn
from bot.store.engine import Bounds, open_connection, translated
from bot.store.locks import MIGRATION
from bot.store.schema import OURS, revision_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import asyncpg
    from sqlalchemy.engine import Connection

DAYS_AHEAD: Final = 7
_STRAYED: Final = "SELECT EXISTS (SELECT FROM events_other WHERE received_at >= $1 AND received_at < $2)"
# A migration may rewrite a table, and the second of two migrations waits for the first.
_BOUNDS: Final = Bounds(statement=900.0, lock=900.0, idle_in_transaction=900.0)


async def migrate(url: str) -> str:
    """Apply what is missing, and make the partitions of the coming days; gives the revision reached.

    Two at once are safe: the second waits, and finds nothing left to do. A schema that is newer than this
    version is left alone.

    Raises:
        StoreUnavailableError: the database cannot be reached, or broke off.
    """
    dsn = plain_dsn(url)

    async def connect() -> Any:
        return await open_connection(dsn, _BOUNDS, "tocsin migrate")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=2)
    try:
        with translated():
            async with engine.connect() as guard:
                await guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION})
                try:
                    async with engine.connect() as connection:
                        await connection.run_sync(_upgrade)
                        await connection.commit()
                        raw: Any = (await connection.get_raw_connection()).driver_connection
                        await make_partitions(raw, datetime.now(UTC).date())
                        return await revision_of(raw) or ""
                finally:
                    await guard.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION})
    finally:
        await engine.dispose()


async def make_partitions(raw: asyncpg.Connection[Any], today: date) -> None:
    """Make the daily partitions of `events` from today on, a week ahead, where they are missing.

    A day whose rows went to `events_other`, since nobody made its partition in time, stays there.
    """
    for day in _days(today):
        following = day + timedelta(days=1)
        if await raw.fetchval(_STRAYED, *(datetime.combine(one, time(), UTC) for one in (day, following))):
            continue
        await raw.execute(
            f"CREATE TABLE IF NOT EXISTS events_{day:%Y%m%d} PARTITION OF events "
            f"FOR VALUES FROM ('{day:%Y-%m-%d} 00:00+00') TO ('{following:%Y-%m-%d} 00:00+00')"
        )


def _days(today: date) -> Iterator[date]:
    return (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))


def _upgrade(connection: Connection) -> None:
    known = None
    if connection.dialect.has_table(connection, "alembic_version"):
        known = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if known is not None and known > OURS:
        return
    configuration = Config()
    configuration.set_main_option("script_location", str(files("bot.store") / "migrations"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
