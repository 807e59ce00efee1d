"""Writes that travel together: one statement, seen by what comes after it, gone with what fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import ConflictError
from bot.store.engine import create_engine
from bot.store.gathered import Write, columns, together
from bot.store.session import OUTBOX_CHANNEL, statements, transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

NAMED = Write(
    "named",
    "INSERT INTO definitions (hash, source) SELECT * FROM unnest($1::text[], $2::bytea[]) RETURNING 1",
    2,
)
RENAMED = Write(
    "renamed",
    """
    UPDATE definitions d SET source = n.source FROM wanted n WHERE d.hash = n.hash RETURNING 1
    """,
    2,
    first=(("wanted", "SELECT * FROM unnest($1::text[], $2::bytea[]) AS n (hash, source)"),),
    conflict="somebody took it away",
)
ALL = "SELECT hash, source FROM definitions ORDER BY hash"


@pytest.fixture
async def engine(migrated_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(migrated_url)
    yield made
    await made.dispose()


def test_the_parameters_of_one_write_follow_those_of_the_write_before() -> None:
    assert " ".join(together((NAMED, RENAMED)).split()) == (
        "WITH named AS (INSERT INTO definitions (hash, source) SELECT * FROM"
        " unnest($1::text[], $2::bytea[]) RETURNING 1),"
        " wanted AS (SELECT * FROM unnest($3::text[], $4::bytea[]) AS n (hash, source)),"
        " renamed AS ( UPDATE definitions d SET source = n.source FROM wanted n"
        " WHERE d.hash = n.hash RETURNING 1 )"
        " SELECT (SELECT count(*) FROM named), (SELECT count(*) FROM renamed)"
    )


async def test_what_is_gathered_is_there_for_the_next_statement_and_after_the_end(
    engine: AsyncEngine,
) -> None:
    async with transaction(engine) as session:
        await session.put(NAMED, columns([("a", b"1"), ("b", b"2")]))
        assert await session.fetch_past(ALL) == []
        assert [tuple(row) for row in await session.fetch(ALL)] == [("a", b"1"), ("b", b"2")]
        await session.put(RENAMED, columns([("a", b"3")]))
    async with statements(engine) as session:
        assert [tuple(row) for row in await session.fetch(ALL)] == [("a", b"3"), ("b", b"2")]


async def test_the_same_write_twice_is_done_in_its_order(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await session.put(NAMED, columns([("a", b"1")]))
        await session.flush()
        await session.put(RENAMED, columns([("a", b"2")]))
        await session.put(RENAMED, columns([("a", b"3")]))
        assert await session.fetchval("SELECT source FROM definitions") == b"3"


@pytest.mark.parametrize("then", [ALL, ""])
async def test_a_row_that_is_not_written_is_a_conflict(engine: AsyncEngine, then: str) -> None:
    async def rename() -> None:
        async with transaction(engine) as session:
            await session.put(NAMED, columns([("a", b"1")]))
            await session.put(RENAMED, columns([("b", b"2")]))
            if then:
                await session.fetch(then)

    with pytest.raises(ConflictError, match="somebody took it away"):
        await rename()
    async with statements(engine) as session:
        assert await session.fetch(ALL) == []


async def test_what_is_gathered_goes_with_what_fails(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with transaction(engine) as session:
            await session.put(NAMED, columns([("a", b"1")]))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with transaction(engine) as session:
        assert await session.fetch(ALL) == []


async def test_without_a_transaction_nothing_waits(engine: AsyncEngine) -> None:
    async with statements(engine) as session:
        await session.put(NAMED, columns([("a", b"1")]))
        async with statements(engine) as other:
            assert await other.fetchval("SELECT count(*) FROM definitions") == 1


async def test_a_script_begins_the_transaction_and_meets_what_is_gathered(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await session.run_first("SELECT pg_advisory_xact_lock(7)")
        await session.put(NAMED, columns([("a", b"1")]))
        await session.run_first("UPDATE definitions SET source = 'x'; SELECT pg_advisory_xact_lock(8)")
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert await session.fetchval(held) == 2
        assert await session.fetchval("SELECT source FROM definitions") == b"x"
    async with statements(engine) as session:
        assert await session.fetchval(held) == 0


async def test_a_transaction_that_only_tells_is_one(engine: AsyncEngine) -> None:
    async with statements(engine) as listener:
        heard: asyncio.Queue[str] = asyncio.Queue()
        await listener.raw.add_listener(OUTBOX_CHANNEL, lambda *news: heard.put_nowait(news[3]))
        async with transaction(engine) as session:
            session.notify(OUTBOX_CHANNEL, ["page"])
        async with asyncio.timeout(10):
            assert await heard.get() == "page"
        await listener.raw.reset()
