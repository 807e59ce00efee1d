"""Writes occurrences of alerts in sets: new ones by COPY, known ones over what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.domain.alert import AlertStatus
from bot.domain.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import asyncpg

    from bot.domain.alert import Occurrence

_COLUMNS: Final = (
    "source", "fingerprint", "starts_at", "status", "ends_at", "name", "service", "environment", "labels",
    "annotations", "generator_url", "received_at", "group_key", "rule", "incident_id", "quiet",
)  # fmt: skip
# The rank of what is known: a late `firing` never undoes a `resolved`, an earlier end never a later one.
_CHANGE_OCCURRENCES: Final = """
    UPDATE occurrences o SET status = n.status, ends_at = n.ends_at, received_at = n.received_at,
        group_key = n.group_key, rule = n.rule, incident_id = n.incident_id, quiet = n.quiet
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                $7::text[], $8::text[], $9::uuid[], $10::text[])
        AS n (source, fingerprint, starts_at, status, ends_at, received_at, group_key, rule, incident_id,
              quiet)
    WHERE o.source = n.source AND o.fingerprint = n.fingerprint AND o.starts_at = n.starts_at
        AND (o.status, coalesce(o.ends_at, '-infinity')) <= (n.status, coalesce(n.ends_at, '-infinity'))
"""
# Of an occurrence that has ended nothing else is new.
_END_OCCURRENCES: Final = """
    UPDATE occurrences o SET status = 'resolved', ends_at = n.ends_at, received_at = n.received_at
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
        AS n (source, fingerprint, starts_at, ends_at, received_at)
    WHERE o.source = n.source AND o.fingerprint = n.fingerprint AND o.starts_at = n.starts_at
        AND (o.status = 'firing' OR o.ends_at IS NULL OR o.ends_at <= n.ends_at)
"""


async def save_occurrences(
    raw: asyncpg.Connection[Any],
    occurrences: Sequence[Occurrence],
    loaded: Mapping[tuple[str, str, datetime], Occurrence],
) -> None:
    """Enter the new ones, and write the others over what was `loaded`, by source, fingerprint and start.

    Raises:
        ConflictError: somebody else has changed one meanwhile.
    """
    new: list[Occurrence] = []
    ended: list[Occurrence] = []
    changed: list[Occurrence] = []
    for one in occurrences:
        known = loaded.get((one.source, one.fingerprint, one.starts_at))
        if known is None:
            new.append(one)
        elif one.status is AlertStatus.RESOLVED and one.incident_id == known.incident_id:
            ended.append(one)
        else:
            changed.append(one)
    await _enter(raw, new)
    await _end(raw, ended)
    await _change(raw, changed)


async def _enter(raw: asyncpg.Connection[Any], occurrences: Sequence[Occurrence]) -> None:
    """Where another transaction has entered one meanwhile, its key conflicts, and we begin again."""
    if not occurrences:
        return
    dumps = orjson.dumps
    await raw.copy_records_to_table(
        "occurrences",
        columns=_COLUMNS,
        records=[
            (
                o.source,
                o.fingerprint,
                o.starts_at,
                o.status,
                o.ends_at,
                o.name,
                o.service,
                o.environment,
                dumps(o.labels).decode(),
                dumps(o.annotations).decode(),
                o.generator_url,
                o.received_at,
                o.group_key,
                o.rule,
                o.incident_id,
                o.quiet,
            )
            for o in occurrences
        ],
    )


async def _end(raw: asyncpg.Connection[Any], occurrences: Sequence[Occurrence]) -> None:
    if not occurrences:
        return
    status = await raw.execute(
        _END_OCCURRENCES,
        [o.source for o in occurrences],
        [o.fingerprint for o in occurrences],
        [o.starts_at for o in occurrences],
        [o.ends_at for o in occurrences],
        [o.received_at for o in occurrences],
    )
    _all_written(status, occurrences)


async def _change(raw: asyncpg.Connection[Any], occurrences: Sequence[Occurrence]) -> None:
    if not occurrences:
        return
    status = await raw.execute(
        _CHANGE_OCCURRENCES,
        [o.source for o in occurrences],
        [o.fingerprint for o in occurrences],
        [o.starts_at for o in occurrences],
        [o.status for o in occurrences],
        [o.ends_at for o in occurrences],
        [o.received_at for o in occurrences],
        [o.group_key for o in occurrences],
        [o.rule for o in occurrences],
        [o.incident_id for o in occurrences],
        [o.quiet for o in occurrences],
    )
    _all_written(status, occurrences)


def _all_written(status: str, occurrences: Sequence[Occurrence]) -> None:
    """Decided on a snapshot that somebody else's news has overtaken, the counts would be wrong."""
    if int(status.rpartition(" ")[2]) < len(occurrences):
        raise ConflictError("an alert was changed by another transaction")
