"""Deletes what is kept for a time only, in portions, and makes the daily partitions of the coming week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.store.dsn import plain_dsn
from bot.store.engine import Bounds, open_connection, translated
from bot.store.migrate import make_partitions
from bot.store.schema import check_schema

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

_PORTION: Final = 10_000
_BOUNDS: Final = Bounds(statement=300.0)
_STRAY: Final = "incident_id IS NULL AND status = 'resolved' AND ends_at < $1 AND received_at < $1"
_OUTDATED: Final = """
    at < $1 AND EXISTS (
        SELECT FROM rankings newer
        WHERE newer.incident_id = rankings.incident_id AND newer.revision > rankings.revision
    )
"""
_PARTITIONS: Final = """
    SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass
    AND inhrelid::regclass::text ~ '^events_[0-9]{8}$' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each is kept. The inbox must outlive the topics' records, or old ones count as new.

    `alerts`: those that came to no incident, since they ended. `changes`: longer than anybody asks for change
    failure rates; what a verdict judged is kept with the verdict. `rankings`: those that a newer one of their
    incident has replaced. An incident keeps its alerts, its newest ranking, its timeline and its runs.
    """

    inbox: timedelta = timedelta(days=14)
    events: timedelta = timedelta(days=30)
    alerts: timedelta = timedelta(days=30)
    changes: timedelta = timedelta(days=400)
    rankings: timedelta = timedelta(days=30)
    effects: timedelta = timedelta(days=30)
    quarantine: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went, and the names of the partitions that went and that were made."""

    inbox: int
    events: int
    alerts: int
    changes: int
    rankings: int
    effects: int
    quarantine: int
    dropped: tuple[str, ...]
    made: tuple[str, ...]


async def prune(url: str, now: datetime, retention: Retention) -> Pruned:
    """Delete what is older than `retention` says. Safe beside a system at work, and to be broken off.

    Raises:
        StoreUnavailableError: the database cannot be reached, or its schema is not ours.
    """
    with translated():
        raw = await open_connection(plain_dsn(url), _BOUNDS, "tocsin prune")
        try:
            await check_schema(raw)
            before = await _partitions(raw)
            await make_partitions(raw, now.date())
            made = sorted(set(await _partitions(raw)) - set(before))
            dropped = await _drop_partitions(raw, now - retention.events)
            # Records that are judged by them are not read again after that.
            await _delete(raw, "quiets", "ends_at < $1", now - retention.inbox)
            return Pruned(
                inbox=await _delete(raw, "inbox", "received_at < $1", now - retention.inbox),
                events=await _delete(raw, "events_other", "received_at < $1", now - retention.events),
                alerts=await _delete(raw, "occurrences", _STRAY, now - retention.alerts),
                changes=await _delete(raw, "changes", "received_at < $1", now - retention.changes),
                rankings=await _delete(raw, "rankings", _OUTDATED, now - retention.rankings),
                # The dead ones wait for people.
                effects=await _delete(
                    raw, "outbox", "ended_at < $1 AND state = 'done'", now - retention.effects
                ),
                quarantine=await _delete(raw, "quarantine", "at < $1", now - retention.quarantine),
                dropped=tuple(dropped),
                made=tuple(made),
            )
        finally:
            await raw.close()


async def _partitions(raw: asyncpg.Connection[Any]) -> list[str]:
    return [row[0] for row in await raw.fetch(_PARTITIONS)]


async def _drop_partitions(raw: asyncpg.Connection[Any], before: datetime) -> list[str]:
    """Drop the days that lie wholly before that instant."""
    gone = []
    for name in await _partitions(raw):
        if name < f"events_{before:%Y%m%d}":
            await raw.execute(f"DROP TABLE IF EXISTS {name}")
            gone.append(name)
    return gone


async def _delete(raw: asyncpg.Connection[Any], table: str, condition: str, before: datetime) -> int:
    """Delete rows, a portion a transaction, so that nobody waits long for their locks."""
    statement = (
        f"DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition} "
        f"LIMIT {_PORTION})) AND {condition}"
    )
    deleted = 0
    while True:
        portion = int((await raw.execute(statement, before)).rpartition(" ")[2])
        deleted += portion
        if portion < _PORTION:
            return deleted
