"""The normalised alert events with what was decided about each, by day, for replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from bot.domain.decisions import DecisionKind

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


# Of the others the name says it all, or the incident's own story does.
_TOLD: Final = frozenset({DecisionKind.HOLD, DecisionKind.SUPPRESS})


class EventTable:
    """The `EventLog` port on PostgreSQL, written with COPY."""

    def __init__(self, session: Session) -> None:
        self._raw = session.raw

    async def append(self, events: Sequence[AlertEvent], decisions: Sequence[Decision]) -> None:
        """Keep alert events with what was decided about each (same order, same length)."""
        if not events:
            return
        dumps = orjson.dumps
        await self._raw.copy_records_to_table(
            "events",
            columns=_COLUMNS,
            records=[
                (
                    event.received_at,
                    event.event_id,
                    event.source,
                    event.fingerprint,
                    event.status,
                    event.name,
                    event.service,
                    event.environment,
                    dumps(event.labels).decode(),
                    dumps(event.annotations).decode(),
                    event.starts_at,
                    event.ends_at,
                    event.generator_url,
                    decision.kind,
                    decision.reason.name,
                    decision.incident_id,
                    decision.reason.text if decision.kind in _TOLD else "",
                )
                for event, decision in zip(events, decisions, strict=True)
            ],
        )
