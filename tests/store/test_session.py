"""Connections: one that hangs in the middle of something is not used again."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from bot.store.engine import create_engine
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
