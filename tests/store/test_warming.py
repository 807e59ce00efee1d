"""Connections that are open before anybody waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import StoreUnavailableError
from bot.store.engine import Bounds
from bot.store.unit_of_work import PostgresStore

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

THREE = Bounds(pool=3, in_turn=True)


async def backends(store: PostgresStore, many: int) -> list[int]:
    """The servers of the connections that so many statements use, one after the other."""
    found = []
    for _ in range(many):
        async with store.engine.connect() as core:
            raw = (await core.get_raw_connection()).driver_connection
            assert raw is not None
            found.append(await raw.fetchval("SELECT pg_backend_pid()"))
    return found


async def test_all_connections_are_opened_and_used_in_turn(migrated_url: str) -> None:
    store = PostgresStore(migrated_url, THREE)
    try:
        await store.warm()
        one, other, third, again = await backends(store, 4)
        assert (len({one, other, third}), again) == (3, one)
    finally:
        await store.close()


async def test_before_the_first_migration_there_is_nothing_to_look_at(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.create_database()
    store = PostgresStore(url, THREE)
    try:
        await store.warm()
    finally:
        await store.close()
        postgres_server.drop_database(url)


async def test_a_database_that_is_away_is_said_to_be() -> None:
    store = PostgresStore("postgresql://nobody@127.0.0.1:1/nothing", THREE)
    with pytest.raises(StoreUnavailableError):
        await store.warm()
