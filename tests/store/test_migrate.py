from __future__ import annotations

import asyncio

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.errors import SchemaError, StoreUnavailableError
from bot.store.migrate import migrate
from bot.store.schema import OURS
from bot.store.session import transaction
from bot.store.tables import metadata
from bot.store.unit_of_work import PostgresStore


async def test_two_at_once_are_safe(database_url: str) -> None:
    assert await asyncio.gather(*(migrate(database_url) for _ in range(3))) == [OURS] * 3
    store = PostgresStore(database_url)
    await store.check()
    await store.close()


async def test_the_tables_are_those_that_the_migrations_make(migrated_url: str) -> None:
    engine = create_async_engine(migrated_url.replace("postgresql://", "postgresql+asyncpg://"))

    def ours(_object: object, name: str | None, kind: str, _reflected: object, _other: object) -> bool:
        return not (kind == "table" and name is not None and name.startswith("events_"))

    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"compare_type": True, "compare_server_default": True, "include_object": ours}
                ),
                metadata,
            )
        )
    await engine.dispose()
    assert differences == []


async def test_a_schema_out_of_range_is_refused(database_url: str) -> None:
    store = PostgresStore(database_url)
    with pytest.raises(SchemaError, match="tocsin migrate"):
        await store.check()
    await migrate(database_url)
    connection = await asyncpg.connect(database_url)
    for revision, advice in (("0000", "tocsin migrate"), ("9999", "update")):
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
        with pytest.raises(SchemaError, match=advice):
            await store.check()
    assert await migrate(database_url) == "9999"
    await connection.close()
    await store.close()


async def test_a_table_or_column_that_is_not_there_is_the_schema_s_fault(database_url: str) -> None:
    store = PostgresStore(database_url)
    for statement in ("SELECT FROM outbox", "SELECT nothing FROM pg_class"):
        with pytest.raises(SchemaError, match=r"Undefined.*Error: .*; run `tocsin migrate`"):
            async with transaction(store.engine) as session:
                await session.fetch(statement)
    await store.close()


async def test_the_version_before_works_on_after_the_migration(database_url: str) -> None:
    await migrate(database_url)
    store = PostgresStore(database_url)
    connection = await asyncpg.connect(database_url)
    for ahead in (1, 2):
        following = f"{int(OURS) + ahead:04}"
        await connection.execute("UPDATE alembic_version SET version_num = $1", following)
        if ahead == 1:
            await store.check()
            assert await migrate(database_url) == following
    with pytest.raises(SchemaError, match=f"is at {following}, newer than"):
        await store.check()
    await connection.close()
    await store.close()


async def test_a_database_that_is_away_is_said_to_be(database_url: str) -> None:
    store = PostgresStore("postgresql://postgres@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailableError):
        await store.check()
    with pytest.raises(StoreUnavailableError):
        await migrate(database_url + "_none")
    await store.close()
