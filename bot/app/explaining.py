"""Answers why an incident opened and why an alert made none: what was decided, beside the rules of today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind
from bot.domain.explanation import foresee, foresee_afresh, recall, routed_by
from bot.domain.explanation_tree import verdict_of
from bot.domain.joining import is_join_reason
from bot.domain.opening_scope import opening_scope
from bot.domain.suppression import inhibition_keys
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import Clock, Store, UnitOfWork
    from bot.domain.alert import AlertEvent
    from bot.domain.catalog import Catalog
    from bot.domain.decisions import Snapshot
    from bot.domain.explanation import Explanation, Recorded
    from bot.domain.incident import Incident
    from bot.domain.rules import RuleSet
    from bot.domain.view import IncidentView

LOOK_BACK: Final = timedelta(hours=24)
"""How far back "why not" looks for the alert."""
JOINED_SHOWN: Final = 20
ALERTS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class IncidentExplained:
    """Why an incident opened, and how others came to it, the first ones first.

    `opening` is None for an incident that a person declared, and where the event is no longer kept; the
    incident's own reason says why in a sentence. `more` joined than are told.
    """

    incident: Incident
    opening: Explanation | None
    joined: tuple[Explanation, ...] = ()
    more: bool = False


@dataclass(slots=True)
class Explainer:
    """Explains with what the store knows. Nothing is written, and no rule's record is touched."""

    store: Store
    rules: RuleSet
    catalog: Catalog
    clock: Clock

    async def explain(self, event: AlertEvent) -> Explanation:
        """What would be decided about the alert, with what is open and quiet now."""
        async with self.store.begin() as uow:
            return foresee(event, await self._snapshot(uow, event), self.rules, self.catalog)

    async def explain_incident(self, reference: str) -> IncidentExplained:
        """Why it opened, and why its alerts came to it.

        Raises:
            NotFoundError: there is no such incident.
        """
        async with self.store.begin() as uow:
            view = await uow.incidents.view(reference)
            kept = await uow.past.of_incident(view.incident, JOINED_SHOWN + 2)
        told = [self._came(one, view) for one in kept]
        opening = next((one for one in told if one.decision.kind is DecisionKind.OPEN), None)
        joined = [one for one in told if one is not opening]
        return IncidentExplained(
            view.incident, opening, tuple(joined[:JOINED_SHOWN]), more=len(joined) > JOINED_SHOWN
        )

    async def explain_alerts(self, labels: Mapping[str, str]) -> list[Explanation]:
        """What was decided at last about each alert with these labels that fired in the last 24 hours.

        `alertname`, `service` and `environment` are as they were read; the newest first, at most five. What
        was kept from any incident is considered again, as of now.
        """
        now = self.clock()
        async with self.store.begin() as uow:
            kept = await uow.past.latest(labels, now - LOOK_BACK, ALERTS_SHOWN)
            return [await self._now(uow, one) for one in kept]

    async def _now(self, uow: UnitOfWork, recorded: Recorded) -> Explanation:
        if recorded.incident_id is not None:
            return self._came(recorded, await uow.incidents.view(recorded.incident_id))
        event = replace(recorded.event, received_at=self.clock())
        snapshot = await self._snapshot(uow, event)
        again = foresee_afresh(event, snapshot, self.rules, self.catalog)
        reason = again.decision.reason
        text = reason.text if reason.name == recorded.reason else ""
        known = snapshot.occurrences.get(event.key)
        told = recall(recorded, self.rules, rule=known.rule if known is not None else None, text=text)
        note = f"Heard for the first time now: {verdict_of(again)}"
        return told if text else replace(told, notes=(*told.notes, note))

    def _came(self, recorded: Recorded, view: IncidentView) -> Explanation:
        """How an alert came to the incident: the sentence is in the incident's story."""
        event, incident = recorded.event, view.incident
        rule = next((one.rule for one in view.alerts if _is(one.key, event)), None)
        text = incident.reason.text if recorded.kind is DecisionKind.OPEN else _told(recorded, view)
        return recall(recorded, self.rules, incident=incident, rule=rule, text=text)

    async def _snapshot(self, uow: UnitOfWork, event: AlertEvent) -> Snapshot:
        routed = [routed_by(event, self.rules.trials(event))]
        scope = opening_scope(routed, {event.environment}, self.rules, self.catalog)
        return await uow.board.load(routed, scope, inhibition_keys(routed, self.rules))


def _is(key: tuple[str, str], event: AlertEvent) -> bool:
    return key == event.key and event.status is AlertStatus.FIRING


def _told(recorded: Recorded, view: IncidentView) -> str:
    """What the timeline says of this alert, for the decisions that stand there.

    One webhook brings several alerts, so that lines of one moment are of different ones.
    """
    event = recorded.event
    kind = "reopened" if recorded.kind is DecisionKind.REOPEN else "joined"
    lines = [one.text for one in view.timeline if one.time == event.received_at and one.kind == kind]
    if recorded.kind is DecisionKind.REOPEN:
        return next(iter(lines), "")
    name = f"{one_line(event.name)}: "
    own = (line.removeprefix(name) for line in lines if line.startswith(name))
    return next((text for text in own if is_join_reason(recorded.reason, event.service, text)), "")
