"""The store in both forms: every test of a port runs against the fake and against real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from bot.store.migrate import migrate
from bot.store.unit_of_work import PostgresStore
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.postgres import PostgresServer


def migrated_template(server: PostgresServer) -> str:
    """The name of a database with our schema, to be copied."""

    def prepare(url: str) -> None:
        asyncio.run(migrate(url))

    return server.template("tocsin", prepare)


@pytest.fixture
def migrated_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The DSN of a database with our schema."""
    url = postgres_server.create_database(migrated_template(postgres_server))
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
async def postgres(migrated_url: str) -> AsyncIterator[PostgresStore]:
    """The store on real PostgreSQL."""
    store = PostgresStore(migrated_url)
    async with contextlib.aclosing(_Closing(store)):
        yield store


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Any:
    """The store, once as the fake and once as PostgreSQL."""
    return FakeStore() if request.param == "fake" else request.getfixturevalue("postgres")


class _Closing:
    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    async def aclose(self) -> None:
        await self._store.close()
