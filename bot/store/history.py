"""The stored history for replays: events and changes in the order of their receipt, a page at a time.

Everything is read under one snapshot of the database, which several processes can share.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from bot.domain.alert import AlertEvent, AlertStatus
from bot.domain.change import as_told
from bot.domain.errors import StoreUnavailableError
from bot.domain.quieting import LONGEST_QUIET
from bot.store.dsn import plain_dsn
from bot.store.engine import Bounds, open_connection, translated
from bot.store.quiets import QUIET, readable
from bot.store.rows import CHANGE, change_of
from bot.store.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import datetime

    import asyncpg

    from bot.domain.change import Change, ChangeKind
    from bot.domain.quieting import Quiet

PAGE: Final = 5_000
_BOUNDS: Final = Bounds(statement=300.0, idle_in_transaction=3_600.0)
_STATUSES: Final = {status.value: status for status in AlertStatus}
_SNAPSHOT: Final = re.compile(r"[0-9A-Fa-f-]{1,64}")
_DAY: Final = timedelta(days=1)
_COUNT: Final = """
    SELECT (SELECT count(*) FROM events WHERE received_at >= $1 AND received_at < $2)
        + (SELECT count(*) FROM changes WHERE received_at >= $1 AND received_at < $2)
        + (SELECT count(*) FROM changes
            WHERE first_told_at >= $1 AND first_told_at < $2 AND first_told_at < received_at)
"""
# A day at a time, so that what is sorted is bounded and the first rows come soon.
_EVENTS: Final = """
    SELECT id, source, fingerprint, status, name, service, environment, labels, annotations, starts_at,
        ends_at, received_at, generator_url
    FROM events WHERE received_at >= $1 AND received_at < $2 ORDER BY received_at, starts_at, id
"""
_DECISIONS: Final = """
    SELECT e.id, e.decision, e.reason, e.received_at, i.number, i.opened_at, i.rule, i.title, i.environment,
        i.reason_text
    FROM events e LEFT JOIN incidents i ON i.id = e.incident_id
    WHERE e.received_at >= $1 AND e.received_at < $2 ORDER BY e.received_at, e.starts_at, e.id
"""
# A row holds the last statement of a change; what was told of it first is heard of first.
_CHANGES: Final = f"""
    SELECT {CHANGE}, c.first_ended_at, c.received_at AS told_at FROM changes c
    WHERE c.received_at >= $1 AND c.received_at < $2
    UNION ALL
    SELECT {CHANGE}, c.first_ended_at, c.first_told_at AS told_at FROM changes c
    WHERE c.first_told_at >= $1 AND c.first_told_at < $2 AND c.first_told_at < c.received_at
    ORDER BY told_at, source, change_id
"""
_ANNOUNCED: Final = f"""
    SELECT {CHANGE}, c.first_ended_at,
        CASE WHEN c.received_at < $1 THEN c.received_at ELSE c.first_told_at END AS told_at
    FROM changes c
    WHERE (c.received_at < $1 OR c.first_told_at < $1) AND c.time >= $2
        AND (c.maintenance OR c.kind = ANY($3))
    ORDER BY c.time, c.source, c.change_id
"""
_SILENCES: Final = f"""
    SELECT {QUIET} FROM quiets q
    WHERE q.kind = 'silence' AND q.ends_at > $1 AND q.starts_at < $2 ORDER BY q.ends_at, q.id
"""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`, by the time of receipt."""

    since: datetime
    until: datetime


class Kept(NamedTuple):
    """What was decided about a stored event, and the incident that it came to; without one, None."""

    event_id: str
    decision: str
    reason: str
    received_at: datetime
    number: int | None
    opened_at: datetime | None
    rule: str | None
    title: str | None
    environment: str | None
    reason_text: str | None


class History:
    """The history under one snapshot; use it through `history`."""

    def __init__(self, raw: asyncpg.Connection[Any], snapshot: str) -> None:
        self._raw = raw
        self.snapshot = snapshot
        """The name under which other processes can read the same, for as long as this one is open."""

    async def count(self, period: Period) -> int:
        """How many events and changes there are."""
        return int(await self._raw.fetchval(_COUNT, period.since, period.until))

    async def facts(self, period: Period, page: int = PAGE) -> AsyncIterator[list[AlertEvent | Change]]:
        """Events and changes, in pages of about a day's share of `page`; equal times: changes first."""
        changes = self._changes(period, page)
        waiting: list[Change] = []
        async for events in self._events(period, page):
            last = events[-1].received_at
            while not waiting or waiting[-1].received_at <= last:
                more = await anext(changes, None)
                if more is None:
                    break
                waiting += more
            due = next((n for n, one in enumerate(waiting) if one.received_at > last), len(waiting))
            facts: list[AlertEvent | Change] = [*waiting[:due], *events]
            yield sorted(facts, key=_received) if due else facts
            del waiting[:due]
        if waiting:
            yield list(waiting)
        async for more in changes:
            yield list(more)

    async def silences(self, period: Period) -> list[Quiet]:
        """The silences that held at any time of the period, as they ended in the end."""
        return readable(await self._raw.fetch(_SILENCES, period.since, period.until))

    async def announced(self, before: datetime, kinds: Collection[ChangeKind]) -> list[Change]:
        """What had been told before then of changes that announce maintenance, and may still go on."""
        rows = await self._raw.fetch(_ANNOUNCED, before, before - LONGEST_QUIET, sorted(kinds))
        return [_change(row) for row in rows]

    async def decisions(self, period: Period, page: int = PAGE) -> AsyncIterator[list[Kept]]:
        """What was decided about each event, in the order of `facts`."""
        async for rows in self._rows(_DECISIONS, period, page):
            yield [Kept(*row) for row in rows]

    async def _events(self, period: Period, page: int) -> AsyncIterator[list[AlertEvent]]:
        async for rows in self._rows(_EVENTS, period, page):
            yield [_event(row) for row in rows]

    async def _changes(self, period: Period, page: int) -> AsyncIterator[list[Change]]:
        async for rows in self._rows(_CHANGES, period, page):
            yield [_change(row) for row in rows]

    async def _rows(self, query: str, period: Period, page: int) -> AsyncIterator[list[Any]]:
        since = period.since
        while since < period.until:
            until = min(since + _DAY, period.until)
            cursor = await self._raw.cursor(query, since, until)
            while rows := await cursor.fetch(page):
                yield rows
            since = until


@contextlib.asynccontextmanager
async def history(url: str, snapshot: str | None = None) -> AsyncIterator[History]:
    """Open the history; with `snapshot`, as another process sees it that still has it open.

    Raises:
        StoreUnavailableError: the database cannot be reached or broke off, its schema is not ours, or the
            snapshot is gone.
    """
    with translated():
        raw = await open_connection(plain_dsn(url), _BOUNDS, "tocsin replay")
        try:
            await check_schema(raw)
            async with raw.transaction(isolation="repeatable_read", readonly=True):
                if snapshot is None:
                    snapshot = await raw.fetchval("SELECT pg_export_snapshot()")
                elif _SNAPSHOT.fullmatch(snapshot):
                    await raw.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
                else:
                    raise StoreUnavailableError(f"{snapshot[:64]!r} is no snapshot")
                yield History(raw, snapshot)
        finally:
            await raw.close()


def _change(row: Any) -> Change:
    """The change of a row of `_CHANGES`: its last statement, or the first one as far as that is kept.

    Of the first statement the end that it announced is kept, and all else is as it was stated last.
    """
    stands = change_of(row)
    if row["told_at"] == stands.received_at:
        return stands
    return replace(as_told(stands, row["told_at"]), ended_at=row["first_ended_at"])


def _received(fact: AlertEvent | Change) -> datetime:
    return fact.received_at


def _event(row: Any) -> AlertEvent:
    """The event of a row of `_EVENTS`, by position: there may be a million."""
    return AlertEvent(
        row[0],
        row[1],
        row[2],
        _STATUSES[row[3]],
        row[4],
        row[5],
        row[6],
        orjson.loads(row[7]),
        orjson.loads(row[8]),
        row[9],
        row[10],
        row[11],
        row[12],
    )
