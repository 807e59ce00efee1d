"""The normalised alert events with what was decided about each, by day, for replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.domain.decisions import DecisionKind
from bot.store.gathered import MANY, Write, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.alert import AlertEvent
    from bot.domain.decisions import Decision
    from bot.store.session import Session

_COLUMNS: Final = (
    "received_at", "id", "source", "fingerprint", "status", "name", "service", "environment", "labels",
    "annotations", "starts_at", "ends_at", "generator_url", "decision", "reason", "incident_id",
    "detail",
)  # fmt: skip
_APPEND: Final = Write(
    "kept",
    f"""
    INSERT INTO events ({", ".join(_COLUMNS)})
    SELECT received_at, id, source, fingerprint, status, name, service, environment, labels::json,
        annotations::json, starts_at, ends_at, generator_url, decision, reason, incident_id, detail
    FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::text[],
                $14::text[], $15::text[], $16::uuid[], $17::text[]) AS n ({", ".join(_COLUMNS)})
    RETURNING 1
    """,
    17,
)
# Of the others the name says it all, or the incident's own story does.
_TOLD: Final = frozenset({DecisionKind.HOLD, DecisionKind.SUPPRESS})


class EventTable:
    """The `EventLog` port on PostgreSQL, written in sets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def append(self, events: Sequence[AlertEvent], decisions: Sequence[Decision]) -> None:
        """Keep alert events with what was decided about each (same order, same length)."""
        rows = [_row(event, decision) for event, decision in zip(events, decisions, strict=True)]
        if len(rows) >= MANY:
            await self._session.copy("events", _COLUMNS, rows)
        elif rows:
            await self._session.put(_APPEND, columns(rows))


def _row(event: AlertEvent, decision: Decision) -> tuple[Any, ...]:
    labels, annotations = orjson.dumps(event.labels).decode(), orjson.dumps(event.annotations).decode()
    detail = decision.reason.text if decision.kind in _TOLD else ""
    return (
        event.received_at, event.event_id, event.source, event.fingerprint, event.status, event.name,
        event.service, event.environment, labels, annotations, event.starts_at, event.ends_at,
        event.generator_url, decision.kind, decision.reason.name, decision.incident_id, detail,
    )  # fmt: skip
