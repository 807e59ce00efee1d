"""Connections: one that hangs in the middle of something is not used again."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import StoreUnavailableError
from bot.store.engine import create_engine, translated
from bot.store.session import statements, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.store.session import Session


@pytest.mark.parametrize("begin", [transaction, statements])
async def test_a_connection_that_hangs_does_not_go_back_to_the_others(
    begin: Callable[[AsyncEngine], AbstractAsyncContextManager[Session]], migrated_url: str
) -> None:
    engine = create_engine(migrated_url)
    async with begin(engine) as session:
        hangs = await session.fetchval("SELECT pg_backend_pid()")
    os.kill(hangs, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), begin(engine) as session:
                await session.fetchval("SELECT 1")
        async with begin(engine) as session:
            assert await session.fetchval("SELECT pg_backend_pid()") != hangs
    finally:
        os.kill(hangs, signal.SIGCONT)
        await engine.dispose()


async def test_a_statement_that_fails_costs_no_connection(migrated_url: str) -> None:
    engine = create_engine(migrated_url)
    try:
        async with statements(engine) as session:
            first = await session.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(LookupError):
            async with statements(engine):
                raise LookupError
        async with statements(engine) as session:
            assert await session.fetchval("SELECT pg_backend_pid()") == first
    finally:
        await engine.dispose()


async def test_a_server_that_only_reads_counts_as_away_and_is_left(migrated_url: str) -> None:
    engine = create_engine(migrated_url)
    add = "INSERT INTO inbox (consumer, event_id) VALUES ('c', gen_random_uuid())"
    async with statements(engine) as session:
        before = await session.fetchval("SELECT pg_backend_pid()")
        await session.execute("SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailableError, match="ReadOnlySQLTransactionError"):
        async with transaction(engine) as session:
            await session.execute(add)
    async with transaction(engine) as session:
        assert await session.fetchval("SELECT pg_backend_pid()") != before
        assert await session.execute(add) == "INSERT 0 1"
    await engine.dispose()


async def test_what_we_were_not_granted_counts_as_away(migrated_url: str) -> None:
    engine = create_engine(migrated_url)
    async with statements(engine) as session:
        await session.execute("CREATE ROLE reader_of_nothing")
        await session.execute("SET ROLE reader_of_nothing")
        with pytest.raises(StoreUnavailableError, match="InsufficientPrivilegeError"), translated():
            await session.fetchval("SELECT count(*) FROM outbox")
        await session.execute("RESET ROLE")
        await session.execute("DROP ROLE reader_of_nothing")
    await engine.dispose()
