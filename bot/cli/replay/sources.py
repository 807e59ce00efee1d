"""Reads the history of a plan, a page at a time, in the order of receipt."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from bot.cli.replay.plan import Database, Topics
from bot.domain.errors import InvalidInputError, TocsinError
from bot.ingest.history import decode_fact
from bot.kafka.history import read_topics
from bot.store.history import PAGE, history
from bot.wiring.kafka import kafka_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.cli.replay.plan import Source
    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from bot.domain.maintenance import MaintenancePolicy
    from bot.domain.quieting import Quiet
    from bot.ingest.labels import LabelPolicy
    from bot.settings import Settings

    Facts = list[AlertEvent | Change]

_LINES_ASIDE: Final = 10_000
"""A file's lines may stand so far from where their time of receipt would put them."""


async def facts(source: Source, settings: Settings, policy: LabelPolicy) -> AsyncIterator[tuple[Facts, int]]:
    """The events and changes, and how much of the source has been read with each page.

    Raises:
        TocsinError: the source cannot be read.
    """
    if isinstance(source, Database):
        async with history(settings.database_url.get_secret_value(), source.snapshot) as stored:
            async for page in stored.facts(source.period):
                yield page, len(page)
    elif isinstance(source, Topics):
        async for page, read in read_topics(
            kafka_settings(settings), settings.topic_prefix, source.ranges, policy
        ):
            yield page, read
    else:
        for page, read in _lines(source.path, policy):
            yield page, read


async def quiets(source: Database, settings: Settings, policy: MaintenancePolicy) -> list[Quiet]:
    """What people and Alertmanagers silenced in the period, and the maintenance announced before it.

    What is announced later comes with its change, and scheduled windows with the rules.

    Raises:
        StoreUnavailableError: the database cannot be read.
    """
    async with history(settings.database_url.get_secret_value(), source.snapshot) as stored:
        silenced = await stored.silences(source.period)
        announced = await stored.announced(source.period.since, policy.kinds)
    windows = map(policy.window_of, announced)
    return silenced + [one for one in windows if one is not None and one.ends_at > source.period.since]


def _lines(path: Path, policy: LabelPolicy) -> Iterator[tuple[Facts, int]]:
    """Lines in the order of receipt, as far as they are roughly in it; `read` counts bytes."""
    waiting: list[tuple[datetime, int, AlertEvent | Change]] = []
    page: Facts = []
    read = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            read += len(line)
            if line.isspace():
                continue
            try:
                fact = decode_fact(line, policy)
            except InvalidInputError as error:
                raise UnreadableLineError(
                    f"line {number}: {error.path or 'the line'} {error.problem}"
                ) from error
            heappush(waiting, (fact.received_at, number, fact))
            if len(waiting) > _LINES_ASIDE:
                page.append(heappop(waiting)[2])
                if len(page) == PAGE:
                    yield page, read
                    page, read = [], 0
    page += [heappop(waiting)[2] for _ in range(len(waiting))]
    yield page, read


class UnreadableLineError(TocsinError):
    """The file cannot be read."""
