"""Writes occurrences of alerts in sets: new ones as they are, known ones over what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.domain.alert import AlertStatus
from bot.store.gathered import MANY, Write, columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.store.session import Session

_COLUMNS: Final = (
    "source", "fingerprint", "starts_at", "status", "ends_at", "name", "service", "environment", "labels",
    "annotations", "generator_url", "received_at", "group_key", "rule", "incident_id", "quiet",
)  # fmt: skip
_OVERTAKEN: Final = "an alert was changed by another transaction"
"""Decided on a snapshot that somebody else's news has overtaken, an incident's counts would be wrong."""
_ENTER: Final = Write(
    "alerts_new",
    f"""
    INSERT INTO occurrences ({", ".join(_COLUMNS)})
    SELECT source, fingerprint, starts_at, status, ends_at, name, service, environment, labels::json,
        annotations::json, generator_url, received_at, group_key, rule, incident_id, quiet
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::text[],
                $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::text[],
                $14::text[], $15::uuid[], $16::text[]) AS n ({", ".join(_COLUMNS)})
    RETURNING 1
    """,
    16,
)
# The rank of what is known: a late `firing` never undoes a `resolved`, an earlier end never a later one.
_CHANGE: Final = Write(
    "alerts_changed",
    """
    UPDATE occurrences o SET status = n.status, ends_at = n.ends_at, received_at = n.received_at,
        group_key = n.group_key, rule = n.rule, incident_id = n.incident_id, quiet = n.quiet
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                $7::text[], $8::text[], $9::uuid[], $10::text[])
        AS n (source, fingerprint, starts_at, status, ends_at, received_at, group_key, rule, incident_id,
              quiet)
    WHERE o.source = n.source AND o.fingerprint = n.fingerprint AND o.starts_at = n.starts_at
        AND (o.status, coalesce(o.ends_at, '-infinity')) <= (n.status, coalesce(n.ends_at, '-infinity'))
    RETURNING 1
    """,
    10,
    conflict=_OVERTAKEN,
)
# Of an occurrence that has ended nothing else is new.
_END: Final = Write(
    "alerts_ended",
    """
    UPDATE occurrences o SET status = 'resolved', ends_at = n.ends_at, received_at = n.received_at
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
        AS n (source, fingerprint, starts_at, ends_at, received_at)
    WHERE o.source = n.source AND o.fingerprint = n.fingerprint AND o.starts_at = n.starts_at
        AND (o.status = 'firing' OR o.ends_at IS NULL OR o.ends_at <= n.ends_at)
    RETURNING 1
    """,
    5,
    conflict=_OVERTAKEN,
)


async def save_occurrences(
    session: Session,
    occurrences: Sequence[Occurrence],
    loaded: Mapping[tuple[str, str, datetime], Occurrence],
) -> None:
    """Enter the new ones, and write the others over what was `loaded`, by source, fingerprint and start.

    Raises:
        ConflictError: somebody else has changed one meanwhile; when it is written (see `Session.put`).
    """
    new: list[tuple[Any, ...]] = []
    ended: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for one in occurrences:
        known = loaded.get((one.source, one.fingerprint, one.starts_at))
        if known is None:
            new.append(_new_row(one))
        elif one.status is AlertStatus.RESOLVED and one.incident_id == known.incident_id:
            ended.append((one.source, one.fingerprint, one.starts_at, one.ends_at, one.received_at))
        else:
            changed.append(_changed_row(one))
    # Where another transaction has entered a new one meanwhile, its key conflicts, and we begin again.
    if len(new) >= MANY:
        await session.copy("occurrences", _COLUMNS, new)
    elif new:
        await session.put(_ENTER, columns(new))
    if ended:
        await session.put(_END, columns(ended))
    if changed:
        await session.put(_CHANGE, columns(changed))


def _new_row(o: Occurrence) -> tuple[Any, ...]:
    labels, annotations = orjson.dumps(o.labels).decode(), orjson.dumps(o.annotations).decode()
    return (
        o.source, o.fingerprint, o.starts_at, o.status, o.ends_at, o.name, o.service, o.environment, labels,
        annotations, o.generator_url, o.received_at, o.group_key, o.rule, o.incident_id, o.quiet,
    )  # fmt: skip


def _changed_row(o: Occurrence) -> tuple[Any, ...]:
    return (
        o.source, o.fingerprint, o.starts_at, o.status, o.ends_at, o.received_at, o.group_key, o.rule,
        o.incident_id, o.quiet,
    )  # fmt: skip
