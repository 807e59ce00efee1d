"""The working state of one pass of `decide`: what is touched is copied, over the snapshot."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from bot.domain.decisions import Decision, Group, Happening, Outcome, TimelineEntry
from bot.domain.incident import Incident, Severity, State
from bot.domain.timer import Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.decisions import DecisionKind, Snapshot
    from bot.domain.incident import Reason
    from bot.domain.rules import Routed, Rule, RuleSet
    from bot.domain.timer import TimerKind


class Board:
    """Alerts, groups and incidents as they stand after the alerts that were considered so far."""

    def __init__(
        self,
        snapshot: Snapshot,
        rules: RuleSet,
        catalog: Catalog,
        locked: frozenset[str] | None,
        new_id: Callable[[], str],
    ) -> None:
        self.outcome = Outcome()
        self.rules = rules
        self.catalog = catalog
        self.groups = dict(snapshot.groups)
        self.held = {key: list(keys) for key, keys in snapshot.held.items()}
        self.openings = {key: sorted(times) for key, times in snapshot.openings.items()}
        self.quiet = snapshot.quiet
        self.inhibitors = {
            key: {one.alert: one for one in firing} for key, firing in snapshot.inhibitors.items()
        }
        self._snapshot = snapshot
        self._locked = locked
        self._new_id = new_id
        self._filed = _copied(snapshot.about)
        self._storms: dict[str, list[str]] = {}
        for incident in snapshot.incidents.values():
            if incident.storm:
                self._storms.setdefault(incident.environment, []).append(incident.id)

    def may_open(self, environment: str) -> bool:
        """Whether the environment's lock is held."""
        return self._locked is None or environment in self._locked

    def occurrence(self, key: AlertKey) -> Occurrence | None:
        """The latest known firing of an alert."""
        return self.outcome.occurrences.get(key) or self._snapshot.occurrences.get(key)

    def incident(self, incident_id: str) -> Incident | None:
        """An incident as it stands; to change it, `touch` it."""
        return self.outcome.incidents.get(incident_id) or self._snapshot.incidents.get(incident_id)

    def owner(self, group_key: str) -> Incident | None:
        """The newest incident of the key: also one that another group of it has reopened."""
        group = self.groups.get(group_key)
        return self.incident(group.incident_id) if group is not None else None

    def about(self, environment: str, service: str) -> Sequence[Incident]:
        """The open incidents, storms apart, that are about a service."""
        there = self._by_service().get((environment, service))
        return list(self._open(there)) if there else ()

    def storms(self, environment: str) -> Iterator[Incident]:
        """The open storm incidents."""
        return self._open(self._storms.get(environment, ()))

    def touch(self, incident_id: str, happening: Happening) -> Incident:
        """The incident to be changed, with what happens to it."""
        incident = self.outcome.incidents.get(incident_id)
        if incident is None:
            incident = copy(self._snapshot.incidents[incident_id])
            self.outcome.incidents[incident_id] = incident
        self.happened(incident_id, happening)
        return incident

    def happened(self, incident_id: str, happening: Happening) -> None:
        """Note what happened to an incident."""
        self.outcome.happened.setdefault(incident_id, set()).add(happening)

    def tell(self, incident: Incident, time: datetime, kind: str, text: str, source: str) -> None:
        """Add a line to the incident's story."""
        self.outcome.timeline.append(TimelineEntry(incident.id, time, kind, text, source))

    def say(self, kind: DecisionKind, event: AlertEvent, incident_id: str | None, reason: Reason) -> None:
        """Record what was decided about an event."""
        self.outcome.decisions.append(Decision(kind, event.event_id, incident_id, reason))

    def remind(self, kind: TimerKind, subject: str, due_at: datetime) -> None:
        """Set a timer that leads back to `decide`'s rules; a later one replaces it, see `Timer`."""
        timer = Timer(kind, subject, due_at)
        self.outcome.timers[kind, subject] = timer.over(self.outcome.timers.get((kind, subject)))

    def create(
        self, event: AlertEvent, rule: str, title: str, reason: Reason, *, storm: bool = False
    ) -> Incident:
        """A new incident, without alerts yet."""
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
        if storm:
            self._storms.setdefault(incident.environment, []).append(incident.id)
        self.happened(incident.id, Happening.OPENED)
        self.tell(incident, event.received_at, "opened", reason.text, f"rule {rule}")
        return incident

    def own(self, routed: Routed, rule: Rule, incident: Incident, how: str) -> None:
        """Give the alert's group key to an incident; whoever had it open lets it go."""
        previous = self.groups.get(routed.group_key)
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
        self.groups[group.key] = group
        self.outcome.groups[(group.key, group.incident_id)] = group

    def concern(self, incident: Incident, service: str) -> None:
        """The incident is about this service from now on."""
        if service in incident.services:
            return
        incident.services = (*incident.services, service)
        if self._filed is not None and not incident.storm:
            self._filed.setdefault((incident.environment, service), []).append(incident.id)
        self.happened(incident.id, Happening.NEW_SERVICE)

    def settle(self) -> Outcome:
        """Name what happened on the whole, and give every touched incident its next version.

        A batch may end an incident's alerts and fire them again: only where it came out matters to people.
        """
        for incident in self.outcome.incidents.values():
            incident.version += 1
            before = self._snapshot.incidents.get(incident.id)
            was = before is not None and before.state is State.MONITORING
            now = incident.state is State.MONITORING
            happened = self.outcome.happened[incident.id]
            happened -= {Happening.MONITORING, Happening.REFIRED}
            if was != now:
                happened.add(Happening.MONITORING if now else Happening.REFIRED)
        return self.outcome

    def _open(self, incident_ids: Iterable[str]) -> Iterator[Incident]:
        for incident_id in incident_ids:
            incident = self.incident(incident_id)
            if incident is not None and incident.is_open:
                yield incident

    def _by_service(self) -> dict[tuple[str, str], list[str]]:
        """The incidents by where they are; filed when asked for, as most alerts know where they belong."""
        if self._filed is None:
            self._filed = {}
            for incident in {**self._snapshot.incidents, **self.outcome.incidents}.values():
                for service in () if incident.storm else incident.services:
                    self._filed.setdefault((incident.environment, service), []).append(incident.id)
        return self._filed


def _copied(about: Mapping[tuple[str, str], list[str]] | None) -> dict[tuple[str, str], list[str]] | None:
    return None if about is None else {place: list(ids) for place, ids in about.items()}
