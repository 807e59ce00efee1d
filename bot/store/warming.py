"""Connections that know the tables before anybody waits for them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from bot.store.session import statements
from bot.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_LOOK: Final = "; ".join(f'TABLE "{table.name}" LIMIT 0' for table in metadata.sorted_tables)


async def warm(engine: AsyncEngine, connections: int) -> None:
    """Open so many connections of the pool and let their servers read up on every table.

    A new connection's first statements take twenty times as long as later ones, because its server reads the
    database's catalogue for each table. The first alerts after a start would wait for it.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    async with contextlib.AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(statements(engine)) for _ in range(connections)]
        await asyncio.gather(*[_look(session.raw) for session in opened])


async def _look(raw: asyncpg.Connection[Any]) -> None:
    # Before the first migration there are no tables to look at; `check` says so.
    with contextlib.suppress(asyncpg.UndefinedTableError):
        await raw.execute(_LOOK)
