"""What was decided about alerts, from the events that are kept: for whoever asks why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.domain.alert import AlertEvent, AlertStatus
from bot.domain.decisions import DecisionKind
from bot.domain.explanation import Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.incident import Incident
    from bot.store.session import Session

_EVENT: Final = """
    e.id, e.source, e.fingerprint, e.status, e.name, e.service, e.environment, e.labels, e.annotations,
    e.starts_at, e.ends_at, e.received_at, e.generator_url, e.decision, e.reason,
    e.incident_id::text AS incident_id
"""
_OF_INCIDENT: Final = f"""
    SELECT {_EVENT} FROM events e
    WHERE e.received_at >= $2 AND e.received_at <= $3 AND e.incident_id = $1
        AND e.decision IN ('open', 'attach', 'reopen')
    ORDER BY e.received_at, e.decision = 'open' DESC, e.starts_at, e.id LIMIT $4
"""
_LATEST: Final = f"""
    SELECT * FROM (
        SELECT DISTINCT ON (e.source, e.fingerprint) {_EVENT} FROM events e
        WHERE e.received_at >= $1 AND e.status = 'firing' AND e.decision <> 'duplicate' AND %s
        ORDER BY e.source, e.fingerprint, e.received_at DESC
    ) newest ORDER BY newest.received_at DESC, newest.source, newest.fingerprint LIMIT $2
"""
_COLUMNS: Final = {"alertname": "e.name", "service": "e.service", "environment": "e.environment"}


class PastTable:
    """The `Past` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of_incident(self, incident: Incident, limit: int) -> list[Recorded]:
        """The alerts that came to the incident, in order."""
        until = max(incident.last_alert_at, incident.opened_at)
        rows = await self._session.fetch(_OF_INCIDENT, incident.id, incident.opened_at, until, limit)
        return [_recorded(row) for row in rows]

    async def latest(self, labels: Mapping[str, str], since: datetime, limit: int) -> list[Recorded]:
        """The newest decision about each alert with these labels that fired since then, newest first."""
        asked: list[str] = []
        values: list[str] = []
        for name, value in labels.items():
            column = _COLUMNS.get(name)
            if column is None:
                values.append(name)
                column = f"e.labels ->> ${len(values) + 2}"
            values.append(value)
            asked.append(f"{column} = ${len(values) + 2}")
        rows = await self._session.fetch(_LATEST % (" AND ".join(asked) or "true"), since, limit, *values)
        return [_recorded(row) for row in rows]


def _recorded(row: Mapping[str, Any]) -> Recorded:
    event = AlertEvent(
        row["id"],
        row["source"],
        row["fingerprint"],
        AlertStatus(row["status"]),
        row["name"],
        row["service"],
        row["environment"],
        orjson.loads(row["labels"]),
        orjson.loads(row["annotations"]),
        row["starts_at"],
        row["ends_at"],
        row["received_at"],
        row["generator_url"],
    )
    return Recorded(event, DecisionKind(row["decision"]), row["reason"], row["incident_id"])
