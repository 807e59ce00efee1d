"""The fake memory of what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind
from bot.domain.explanation import Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.alert import AlertEvent, AlertKey
    from bot.domain.incident import Incident
    from tests.support.memory.state import State

_CAME = {DecisionKind.OPEN, DecisionKind.ATTACH, DecisionKind.REOPEN}


class MemoryPast:
    def __init__(self, state: State) -> None:
        self._state = state

    async def of_incident(self, incident: Incident, limit: int) -> list[Recorded]:
        found = [one for one in self._recorded() if one.incident_id == incident.id and one.kind in _CAME]
        found.sort(key=lambda one: (one.event.received_at, one.kind is not DecisionKind.OPEN))
        return found[:limit]

    async def latest(self, labels: Mapping[str, str], since: datetime, limit: int) -> list[Recorded]:
        newest: dict[AlertKey, Recorded] = {}
        for one in sorted(self._recorded(), key=lambda one: one.event.received_at):
            event = one.event
            asked = event.received_at >= since and _has(event, labels)
            if asked and event.status is AlertStatus.FIRING and one.kind is not DecisionKind.DUPLICATE:
                newest[event.key] = one
        return sorted(newest.values(), key=lambda one: one.event.received_at, reverse=True)[:limit]

    def _recorded(self) -> list[Recorded]:
        return [
            Recorded(event, decision.kind, decision.reason.name, decision.incident_id)
            for event, decision in self._state.events
        ]


def _has(event: AlertEvent, labels: Mapping[str, str]) -> bool:
    read = {"alertname": event.name, "service": event.service, "environment": event.environment}
    return all({**event.labels, **read}.get(name) == value for name, value in labels.items())
