"""News of work on real PostgreSQL: an interrupted subscription makes itself anew."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import asyncpg

from bot.domain.effects import Effect, EffectKind
from bot.store.unit_of_work import PostgresStore
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.app.ports import Wake

LISTENERS = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"


async def add(store: PostgresStore) -> None:
    async with store.begin() as uow:
        await uow.outbox.add([Effect("a", EffectKind.SET_TOPIC, "slack:1", None)])


async def woken(wake: Wake) -> bool:
    began = time.monotonic()
    await wake.wait(10)
    return time.monotonic() - began < 9


async def test_without_news_the_wait_ends_all_the_same(postgres: PostgresStore) -> None:
    async with postgres.wakes() as wake:
        await wake.wait(5)  # the first news is that somebody listens
        await asyncio.wait_for(wake.wait(0.05), 5)


async def test_it_goes_on_after_its_connection_was_ended(postgres: PostgresStore, migrated_url: str) -> None:
    connection = await asyncpg.connect(migrated_url)
    async with postgres.wakes() as wake:
        assert await woken(wake)
        (pid,) = await eventually(lambda: connection.fetchrow(LISTENERS))
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        assert await woken(wake)  # that it listens again is news: something may have been missed
        await add(postgres)
        assert await woken(wake)
    await connection.close()


async def test_it_waits_for_a_database_that_is_away() -> None:
    store = PostgresStore("postgresql://postgres@127.0.0.1:1/none")
    async with store.wakes() as wake:
        await asyncio.wait_for(wake.wait(0.1), 5)
    await store.close()
