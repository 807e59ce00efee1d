"""Opens the history of a replay: the database under one snapshot, the topics up to now, or a file."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.replay.plan import Database, Lines, Topics
from bot.kafka.history import kept_between
from bot.settings import require
from bot.store.history import history
from bot.wiring.kafka import kafka_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.cli.replay.plan import Source
    from bot.settings import Settings
    from bot.store.history import Period


@contextlib.contextmanager
def opened(origin: str, period: Period, settings: Settings) -> Iterator[tuple[Source, int]]:
    """The source and how many units it has; the database's snapshot stands until the block is left.

    Raises:
        StoreUnavailableError, BrokerUnavailableError: it cannot be reached.
    """
    with asyncio.Runner() as loop, contextlib.ExitStack() as stack:
        if origin == "database":
            require(settings, "DATABASE_URL")
            opening = contextlib.AsyncExitStack()
            try:
                yield loop.run(_database(opening, settings, period))
            finally:
                loop.run(opening.aclose())
        elif origin == "kafka":
            require(settings, "KAFKA_BOOTSTRAP_SERVERS")
            there = kafka_settings(settings), settings.topic_prefix
            ranges = loop.run(kept_between(*there, period.since, period.until))
            yield Topics(ranges, period.until), sum(end - first for _, _, first, end in ranges)
        else:
            path = stack.enter_context(_spooled()) if origin == "-" else Path(origin)
            if not path.is_file():
                raise click.UsageError(f"--from: {origin!r} is neither database, kafka nor a file")
            yield Lines(path), path.stat().st_size


async def _database(
    opening: contextlib.AsyncExitStack, settings: Settings, period: Period
) -> tuple[Database, int]:
    stored = await opening.enter_async_context(history(settings.database_url.get_secret_value()))
    return Database(period, stored.snapshot), await stored.count(period)


@contextlib.contextmanager
def _spooled() -> Iterator[Path]:
    """Standard input as a file, for it is read more than once."""
    with tempfile.NamedTemporaryFile(prefix="tocsin-replay-", suffix=".jsonl") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield Path(file.name)
