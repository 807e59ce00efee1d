"""From alerts to incidents: one pure pass over a batch, in order, with a named reason for each alert.

Nothing is read and nothing is written: what the store knew comes in as a snapshot, ids come from the caller,
and every time is the event's own `received_at`, so that a replay decides as the live system did.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertStatus, Occurrence, is_news
from bot.domain.decisions import (
    Decision,
    DecisionKind,
    Group,
    Happening,
    Outcome,
    Snapshot,
    TimelineEntry,
)
from bot.domain.incident import Act, Incident, Reason, Severity, State, after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.domain.catalog import Catalog
    from bot.domain.rules import Routed, Rule, RuleSet

REPEATED: Final = Reason("repeated", "This was already known about the alert.")
SUPERSEDED: Final = Reason("superseded", "A later occurrence of the alert is already known.")
NO_RULE: Final = Reason("no_rule", "No rule matches the alert.")
RESOLVED_UNSEEN: Final = Reason("resolved_unseen", "The alert had ended before it was ever seen firing.")
ENDED: Final = Reason("ended", "The alert ended.")
ENDED_ALONE: Final = Reason("ended_alone", "The alert ended; it belonged to no incident.")
SAME_GROUP: Final = Reason("same_group", "An incident of the same group is open.")
FIRED_AGAIN: Final = Reason("fired_again", "An alert of this incident fired again.")

STORM_RULE: Final = "storm"


def decide(
    routed: Iterable[Routed],
    snapshot: Snapshot,
    *,
    rules: RuleSet,
    catalog: Catalog,
    locked: frozenset[str] | None,
    new_id: Callable[[], str],
) -> Outcome:
    """Decide about a batch of alerts.

    `locked` names the environments whose lock is held (None: all): only there may an incident open, be joined
    from another group or reopen. Where another environment would need it, `Outcome.needs_lock` says so, and
    the caller takes the locks, loads the snapshot anew and decides again. Every touched incident carries its
    next `version`: the store writes it only over the one before.
    """
    board = _Board(snapshot, rules, catalog, locked, new_id)
    for one in routed:
        board.consider(one)
    for incident in board.outcome.incidents.values():
        incident.version += 1
    return board.outcome


class _Board:
    """The working state of one pass: copies of what is touched, over the snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        rules: RuleSet,
        catalog: Catalog,
        locked: frozenset[str] | None,
        new_id: Callable[[], str],
    ) -> None:
        self.outcome = Outcome()
        self._snapshot = snapshot
        self._rules = rules
        self._catalog = catalog
        self._locked = locked
        self._new_id = new_id
        self._groups = dict(snapshot.groups)
        self._held = {key: list(keys) for key, keys in snapshot.held.items()}
        self._openings = {key: list(times) for key, times in snapshot.openings.items()}
        self._by_service: dict[tuple[str, str], list[str]] = {}
        for incident in snapshot.incidents.values():
            self._index(incident)

    def consider(self, routed: Routed) -> None:
        """Decide about one alert, after all that came before it."""
        event = routed.event
        known = self.outcome.occurrences.get(event.key) or self._snapshot.occurrences.get(event.key)
        if not is_news(event, known):
            stale = known is not None and event.starts_at < known.starts_at
            self._say(DecisionKind.DUPLICATE, event, None, SUPERSEDED if stale else REPEATED)
        elif event.status is AlertStatus.RESOLVED:
            self._ended(event, known)
        elif routed.rule is None:
            self._remember(event, known, "", "", None)
            self._say(DecisionKind.SUPPRESS, event, None, NO_RULE)
        elif routed.rule.suppress:
            self._remember(event, known, routed.group_key, routed.rule.name, None)
            reason = Reason("rule", f"Rule {routed.rule.name} suppresses the alert.")
            self._say(DecisionKind.SUPPRESS, event, None, reason)
        else:
            self._fired(routed, routed.rule, known)

    # -- an alert ended

    def _ended(self, event: AlertEvent, known: Occurrence | None) -> None:
        if known is None or known.starts_at != event.starts_at:
            self._remember(event, known, "", "", None)
            self._say(DecisionKind.SUPPRESS, event, None, RESOLVED_UNSEEN)
            return
        was_firing = known.status is AlertStatus.FIRING
        self._remember(event, known, known.group_key, known.rule, known.incident_id)
        self._unhold(known)
        if known.incident_id is None:
            self._say(DecisionKind.RESOLVED, event, None, ENDED_ALONE)
            return
        if was_firing:
            self._one_less(known.incident_id, event.received_at)
        self._say(DecisionKind.RESOLVED, event, known.incident_id, ENDED)

    def _one_less(self, incident_id: str, now: datetime) -> None:
        incident = self._touch(incident_id, Happening.SHRANK)
        incident.firing = max(0, incident.firing - 1)
        if incident.firing or incident.state not in {State.TRIGGERED, State.ACKNOWLEDGED}:
            return
        incident.state = after(incident.state, Act.ALL_ENDED)
        incident.monitoring_at = now
        self._happened(incident_id, Happening.MONITORING)
        count = f"All {incident.alerts} alerts have" if incident.alerts > 1 else "The alert has"
        text = f"{count} ended; monitoring until a person resolves the incident."
        self._tell(incident, now, "monitoring", text, "tocsin")

    # -- an alert fires

    def _fired(self, routed: Routed, rule: Rule, known: Occurrence | None) -> None:
        event = routed.event
        group = self._groups.get(routed.group_key)
        owner = self._owner(group, known, event, rule)
        if owner is not None:
            again = known is not None and known.incident_id == owner.id
            self._attach(owner, routed, rule, known, FIRED_AGAIN if again else SAME_GROUP)
            self._say(DecisionKind.ATTACH, event, owner.id, FIRED_AGAIN if again else SAME_GROUP)
        elif self._locked is None or event.environment in self._locked:
            self._fired_alone(routed, rule, known, group)
        else:
            self.outcome.needs_lock.add(event.environment)

    def _owner(
        self, group: Group | None, known: Occurrence | None, event: AlertEvent, rule: Rule
    ) -> Incident | None:
        """The open incident that the alert belongs to without any question, if there is one."""
        if known is not None and known.incident_id is not None:
            previous = self._incident(known.incident_id)
            if previous is not None and previous.is_open:
                return previous
        if group is None or not group.open:
            return None
        owner = self._incident(group.incident_id)
        if owner is None or not owner.is_open:
            return None
        if owner.state is not State.MONITORING or event.received_at - owner.last_alert_at <= rule.window:
            return owner
        return None

    def _fired_alone(self, routed: Routed, rule: Rule, known: Occurrence | None, group: Group | None) -> None:
        """No incident owns the alert yet: reopen one, hold the alert, join a neighbour's, or open one."""
        event = routed.event
        if self._reopened(routed, rule, known, group) or self._waits(routed, rule, known):
            return
        joined = self._neighbour(event, rule)
        if joined is not None:
            incident, reason = joined
            self._own(routed, rule, incident, "joined")
            self._tell(
                incident, event.received_at, "joined", f"{event.name}: {reason.text}", f"rule {rule.name}"
            )
            self._admit(incident, routed, rule, known, reason)
            self._say(DecisionKind.ATTACH, event, incident.id, reason)
            return
        storm, reason = self._storm(event)
        if storm is not None:
            kind = DecisionKind.OPEN if storm.alerts == 0 else DecisionKind.ATTACH
            self._own(routed, rule, storm, "storm")
            self._admit(storm, routed, rule, known, reason)
            self._say(kind, event, storm.id, reason)
            return
        incident = self._open(routed, rule)
        self._own(routed, rule, incident, "opened")
        self._admit(incident, routed, rule, known, incident.reason)
        self._say(DecisionKind.OPEN, event, incident.id, incident.reason)

    def _reopened(self, routed: Routed, rule: Rule, known: Occurrence | None, group: Group | None) -> bool:
        event = routed.event
        incident = self._incident(group.incident_id) if group is not None else None
        if incident is None or incident.resolved_at is None:
            return False
        since = (event.received_at - incident.resolved_at).total_seconds()
        if since > incident.reopen_seconds:
            return False
        reason = Reason(
            "reopened", f"Fired again {_minutes(since)} after it was resolved, within the reopen window."
        )
        incident = self._touch(incident.id, Happening.REOPENED)
        incident.state = after(incident.state, Act.REOPEN)
        incident.resolved_at, incident.resolved_by = None, ""
        incident.acknowledged_at, incident.acknowledged_by = None, ""
        self._own(routed, rule, incident, "reopened")
        self._tell(incident, event.received_at, "reopened", reason.text, f"rule {rule.name}")
        self._attach(incident, routed, rule, known, reason)
        self._say(DecisionKind.REOPEN, event, incident.id, reason)
        return True

    def _waits(self, routed: Routed, rule: Rule, known: Occurrence | None) -> bool:
        if rule.min_alerts <= 1:
            return False
        waiting = self._held.setdefault(routed.group_key, [])
        oldest = routed.event.received_at - rule.window
        waiting[:] = [key for key in waiting if key != routed.event.key and self._waits_since(key, oldest)]
        waiting.append(routed.event.key)
        if len(waiting) >= rule.min_alerts:
            return False
        self._remember(routed.event, known, routed.group_key, rule.name, None)
        window = _minutes(rule.window.total_seconds())
        text = (
            f"{len(waiting)} of the {rule.min_alerts} alerts that rule {rule.name} asks for within {window}."
        )
        self._say(DecisionKind.HOLD, routed.event, None, Reason("minimum", text))
        return True

    def _waits_since(self, key: tuple[str, str], oldest: datetime) -> bool:
        one = self.outcome.occurrences.get(key) or self._snapshot.occurrences.get(key)
        return one is not None and one.status is AlertStatus.FIRING and one.received_at >= oldest

    def _unhold(self, known: Occurrence) -> None:
        waiting = self._held.get(known.group_key)
        if waiting and known.key in waiting:
            waiting.remove(known.key)

    def _neighbour(self, event: AlertEvent, rule: Rule) -> tuple[Incident, Reason] | None:
        """The open incident of the nearest service in the call graph, the latest among equals."""
        if not rule.join_hops or event.service == UNKNOWN:
            return None
        best: tuple[int, float, str, Incident, str] | None = None
        for service, hops in self._catalog.neighbours(event.service).items():
            if hops > rule.join_hops:
                continue
            for incident_id in self._by_service.get((event.environment, service), ()):
                incident = self._incident(incident_id)
                if incident is None or incident.storm or not incident.is_open:
                    continue
                quiet = (event.received_at - incident.last_alert_at).total_seconds()
                if quiet > rule.window.total_seconds():
                    continue
                candidate = (hops, quiet, incident.id, incident, service)
                if best is None or candidate[:3] < best[:3]:
                    best = candidate
        if best is None:
            return None
        hops, _, _, incident, service = best
        how = "the same service" if hops == 0 else f"{hops} call{'s' if hops > 1 else ''} from {service}"
        text = f"{event.service} is {how}, which this incident is about."
        return incident, Reason("topology", text)

    def _storm(self, event: AlertEvent) -> tuple[Incident | None, Reason]:
        policy = self._rules.storm
        times = self._openings.setdefault(event.environment, [])
        times[:] = [time for time in times if event.received_at - time < policy.window]
        times.append(event.received_at)
        if len(times) <= policy.openings:
            return None, SAME_GROUP
        text = (
            f"More than {policy.openings} incidents would have opened in {event.environment} "
            f"within {_minutes(policy.window.total_seconds())}."
        )
        reason = Reason("storm", text)
        for incident_id in self._by_service.get((event.environment, STORM_RULE), ()):
            incident = self._incident(incident_id)
            if incident is not None and incident.is_open:
                return incident, reason
        return self._new(event, STORM_RULE, f"Alert storm in {event.environment}", reason, storm=True), reason

    def _open(self, routed: Routed, rule: Rule) -> Incident:
        event = routed.event
        what = f"Rule {rule.name} opens an incident for {event.name}"
        where = f" on {event.service}" if event.service != UNKNOWN else ""
        if rule.min_alerts > 1:
            text = f"{what}{where}: {rule.min_alerts} alerts within {_minutes(rule.window.total_seconds())}."
        else:
            text = f"{what}{where}; no open incident of its group or of a related service was found."
        title = event.summary if len(event.summary) <= _TITLE else event.summary[: _TITLE - 1] + "…"
        incident = self._new(event, rule.name, title, Reason("opened", text), storm=False)
        incident.reopen_seconds = rule.reopen_window.total_seconds()
        incident.severity = routed.severity
        return incident

    def _new(self, event: AlertEvent, rule: str, title: str, reason: Reason, *, storm: bool) -> Incident:
        incident = Incident(
            id=self._new_id(),
            title=title,
            state=State.TRIGGERED,
            severity=Severity.INFO,
            environment=event.environment,
            rule=rule,
            reason=reason,
            services=(),
            opened_at=event.received_at,
            onset=event.onset,
            last_alert_at=event.received_at,
            storm=storm,
        )
        self.outcome.incidents[incident.id] = incident
        self._index(incident)
        self._happened(incident.id, Happening.OPENED)
        self._tell(incident, event.received_at, "opened", reason.text, f"rule {rule}")
        return incident

    # -- the bookkeeping that all of the above share

    def _admit(
        self, incident: Incident, routed: Routed, rule: Rule, known: Occurrence | None, reason: Reason
    ) -> None:
        """Attach the alert, and with it the held ones of its group."""
        waiting = self._held.pop(routed.group_key, [])
        self._attach(incident, routed, rule, known, reason)
        for key in waiting:
            if key != routed.event.key:
                held = self.outcome.occurrences.get(key) or copy(self._snapshot.occurrences[key])
                self._count(incident, held.service, held.received_at, min(held.starts_at, held.received_at))
                held.incident_id = incident.id
                self.outcome.occurrences[key] = held

    def _attach(
        self, incident: Incident, routed: Routed, rule: Rule, known: Occurrence | None, reason: Reason
    ) -> None:
        event = routed.event
        incident = self._touch(incident.id, Happening.GREW)
        returning = known is not None and known.incident_id == incident.id
        if returning and known is not None and known.status is AlertStatus.FIRING:
            incident.firing = max(0, incident.firing - 1)
        self._remember(event, known, routed.group_key, rule.name, incident.id)
        if incident.state is State.MONITORING:
            incident.state = after(
                State.MONITORING, Act.FIRED, acknowledged=incident.acknowledged_at is not None
            )
            incident.monitoring_at = None
            self._happened(incident.id, Happening.REFIRED)
            self._tell(incident, event.received_at, incident.state.value, reason.text, f"rule {rule.name}")
        self._count(incident, event.service, event.received_at, event.onset)
        if returning:
            incident.alerts -= 1
        if routed.severity.rank < incident.severity.rank:
            text = f"Severity {routed.severity} (was {incident.severity}): {event.name} on {event.service}."
            if Happening.OPENED not in self.outcome.happened[incident.id]:
                self._tell(incident, event.received_at, "escalated", text, f"rule {rule.name}")
            incident.severity = routed.severity
            self._happened(incident.id, Happening.ESCALATED)

    def _count(self, incident: Incident, service: str, received_at: datetime, onset: datetime) -> None:
        incident.firing += 1
        incident.alerts += 1
        incident.last_alert_at = max(incident.last_alert_at, received_at)
        incident.onset = min(incident.onset, onset)
        if service not in incident.services:
            incident.services = (*incident.services, service)
            self._by_service.setdefault((incident.environment, service), []).append(incident.id)
            self._happened(incident.id, Happening.NEW_SERVICE)

    def _remember(
        self,
        event: AlertEvent,
        known: Occurrence | None,
        group_key: str,
        rule: str,
        incident_id: str | None,
    ) -> None:
        """Make the event the alert's latest occurrence; an older one that still fired has been superseded."""
        if known is not None and known.starts_at != event.starts_at and known.status is AlertStatus.FIRING:
            self._supersede(known, event, incident_id)
        self.outcome.occurrences[event.key] = Occurrence(
            source=event.source,
            fingerprint=event.fingerprint,
            starts_at=event.starts_at,
            status=event.status,
            ends_at=event.ends_at,
            name=event.name,
            service=event.service,
            environment=event.environment,
            labels=event.labels,
            annotations=event.annotations,
            generator_url=event.generator_url,
            received_at=event.received_at,
            group_key=group_key,
            rule=rule,
            incident_id=incident_id,
        )

    def _supersede(self, known: Occurrence, event: AlertEvent, incident_id: str | None) -> None:
        ended = copy(known)
        ended.status, ended.ends_at = AlertStatus.RESOLVED, event.starts_at
        self.outcome.superseded.append(ended)
        if known.incident_id is not None and known.incident_id != incident_id:
            self._one_less(known.incident_id, event.received_at)

    def _own(self, routed: Routed, rule: Rule, incident: Incident, how: str) -> None:
        previous = self._groups.get(routed.group_key)
        if previous is not None and previous.open and previous.incident_id != incident.id:
            released = copy(previous)
            released.open = False
            self.outcome.groups[(released.key, released.incident_id)] = released
        group = Group(
            key=routed.group_key,
            environment=routed.event.environment,
            rule=rule.name,
            incident_id=incident.id,
            opened_at=routed.event.received_at,
            how=how,
        )
        self._groups[group.key] = group
        self.outcome.groups[(group.key, group.incident_id)] = group

    def _incident(self, incident_id: str) -> Incident | None:
        return self.outcome.incidents.get(incident_id) or self._snapshot.incidents.get(incident_id)

    def _touch(self, incident_id: str, happening: Happening) -> Incident:
        incident = self.outcome.incidents.get(incident_id)
        if incident is None:
            incident = copy(self._snapshot.incidents[incident_id])
            self.outcome.incidents[incident_id] = incident
        self._happened(incident_id, happening)
        return incident

    def _happened(self, incident_id: str, happening: Happening) -> None:
        self.outcome.happened.setdefault(incident_id, set()).add(happening)

    def _index(self, incident: Incident) -> None:
        if incident.storm:
            self._by_service.setdefault((incident.environment, STORM_RULE), []).append(incident.id)
            return
        for service in incident.services:
            self._by_service.setdefault((incident.environment, service), []).append(incident.id)

    def _tell(self, incident: Incident, time: datetime, kind: str, text: str, source: str) -> None:
        self.outcome.timeline.append(TimelineEntry(incident.id, time, kind, text, source))

    def _say(self, kind: DecisionKind, event: AlertEvent, incident_id: str | None, reason: Reason) -> None:
        self.outcome.decisions.append(Decision(kind, event.event_id, incident_id, reason))


_TITLE: Final = 120


def _minutes(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 - sixty seconds make a minute
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
