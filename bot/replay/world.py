"""What the store would know, in memory: read for each alert as the store is read for a batch."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import Snapshot
from bot.domain.incident import Act, after
from bot.replay.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.decisions import Group, Outcome
    from bot.domain.incident import Incident
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.rules import Routed, RuleSet
    from bot.domain.suspects import Ranking

_OPENINGS: Final = frozenset({"opened", "storm"})
REMEMBERED: Final = timedelta(hours=1)
"""How long an ended alert is remembered at least, so that a delivery that comes again is known."""


class World:
    """Incidents, alerts, groups and changes; `members` are all occurrences that an incident ever had."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.occurrences: dict[AlertKey, Occurrence] = {}
        self.members: dict[str, dict[tuple[AlertKey, datetime], Occurrence]] = {}
        self.groups: dict[str, Group] = {}
        self.changes = Changes()
        self.rankings: dict[str, Ranking] = {}
        self.opened = 0
        """How many incidents there have been."""
        self._held: dict[str, dict[AlertKey, None]] = {}
        self._openings: dict[str, dict[tuple[str, str], datetime]] = {}
        self._about: dict[tuple[str, str], dict[str, None]] = {}
        self._storms: dict[str, dict[str, None]] = {}
        self._keys: dict[str, dict[str, None]] = {}
        # Open incidents in the order in which they were last heard of.
        self._heard: dict[str, None] = {}

    def open_ones(self) -> list[Incident]:
        """The open incidents, oldest first."""
        return [incident for incident in self.incidents.values() if incident.is_open]

    def heard_since(self, moment: datetime) -> Iterator[Incident]:
        """The open incidents that an alert came to at that moment or later."""
        for incident_id in reversed(self._heard):
            incident = self.incidents[incident_id]
            if max(incident.last_alert_at, incident.opened_at) < moment:
                return
            yield incident

    def load(self, routed: Routed, opening: OpeningScope | None) -> Snapshot:
        """What matters to one alert; with `opening`, what an opening needs too. Nothing is copied."""
        snapshot = Snapshot()
        key = routed.event.key
        known = self.occurrences.get(key)
        if known is not None:
            snapshot.occurrences[key] = known
            self._take(snapshot, known.incident_id)
        group = self.groups.get(routed.group_key)
        if group is not None:
            snapshot.groups[group.key] = group
            self._take(snapshot, group.incident_id)
        if opening is not None:
            self._load_opening(snapshot, opening)
        return snapshot

    def _take(self, snapshot: Snapshot, incident_id: str | None) -> None:
        incident = self.incidents.get(incident_id or "")
        if incident is not None:
            snapshot.incidents[incident.id] = incident

    def _load_opening(self, snapshot: Snapshot, opening: OpeningScope) -> None:
        for place, since in opening.services.items():
            for incident_id in self._about.get(place, ()):
                if self.incidents[incident_id].last_alert_at >= since:
                    self._take(snapshot, incident_id)
        for group_key, since in opening.held.items():
            for key in self._held.get(group_key, ()):
                waiting = self.occurrences[key]
                if waiting.received_at >= since:
                    snapshot.occurrences[key] = waiting
                    snapshot.held.setdefault(group_key, []).append(key)
        for environment in opening.openings_since:
            for incident_id in self._storms.get(environment, ()):
                self._take(snapshot, incident_id)
            snapshot.openings[environment] = list(self._openings.get(environment, {}).values())

    def save(self, outcome: Outcome) -> None:
        """Keep what was decided, as the store would."""
        for incident in outcome.incidents.values():
            self._keep(incident)
        for group in outcome.groups.values():
            self._own(group)
        for occurrence in outcome.superseded:
            self._join(occurrence)
        for key, occurrence in outcome.occurrences.items():
            self._hear(key, occurrence)

    def resolve(self, incident: Incident, at: datetime, who: str) -> None:
        """Close the incident and its groups, as a person would."""
        closed = copy(incident)
        closed.state = after(incident.state, Act.RESOLVE)
        closed.resolved_at, closed.resolved_by = at, who
        closed.version += 1
        self._keep(closed)
        for key in self._keys.get(closed.id, ()):
            group = self.groups.get(key)
            if group is not None and group.incident_id == closed.id:
                released = copy(group)
                released.open = False
                self.groups[key] = released

    def forget(self, now: datetime, rules: RuleSet, look_back: timedelta) -> None:
        """Drop what can decide nothing any more: closed incidents, ended alerts, old openings and changes."""
        self._forget_incidents(now)
        self._forget_alerts(now - max((REMEMBERED, *(rule.window for rule in rules.rules))))
        since = now - rules.storm.window
        for environment, times in self._openings.items():
            self._openings[environment] = {key: at for key, at in times.items() if at > since}
        onsets = (self.incidents[one].onset for one in self._heard)
        self.changes.forget(min(onsets, default=now) - look_back)

    def _forget_incidents(self, now: datetime) -> None:
        gone = [
            incident
            for incident in self.incidents.values()
            if incident.resolved_at is not None
            and (now - incident.resolved_at).total_seconds() > incident.reopen_seconds
        ]
        for incident in gone:
            members = self.members.get(incident.id, {})
            latest = [self.occurrences.get(key) for key, _ in members]
            if any(
                one is not None and one.incident_id == incident.id and one.status is AlertStatus.FIRING
                for one in latest
            ):
                continue
            del self.incidents[incident.id]
            self.members.pop(incident.id, None)
            self.rankings.pop(incident.id, None)
            for key in self._keys.pop(incident.id, ()):
                group = self.groups.get(key)
                if group is not None and group.incident_id == incident.id:
                    del self.groups[key]

    def _forget_alerts(self, before: datetime) -> None:
        gone = [
            key
            for key, one in self.occurrences.items()
            if one.status is AlertStatus.RESOLVED
            and one.received_at < before
            and (one.incident_id is None or one.incident_id not in self.incidents)
        ]
        for key in gone:
            del self.occurrences[key]

    def _keep(self, incident: Incident) -> None:
        known = self.incidents.get(incident.id)
        if known is None:
            self.opened += 1
            incident.number = self.opened
        self.incidents[incident.id] = incident
        if not incident.is_open:
            self._close(incident)
            return
        if known is None or not known.is_open or incident.last_alert_at > known.last_alert_at:
            self._heard.pop(incident.id, None)
            self._heard[incident.id] = None
        if known is not None and known.is_open and known.services == incident.services:
            return
        if incident.storm:
            self._storms.setdefault(incident.environment, {})[incident.id] = None
        else:
            for service in incident.services:
                self._about.setdefault((incident.environment, service), {})[incident.id] = None

    def _close(self, incident: Incident) -> None:
        self._heard.pop(incident.id, None)
        self._storms.get(incident.environment, {}).pop(incident.id, None)
        for service in incident.services:
            place = (incident.environment, service)
            near = self._about.get(place, {})
            near.pop(incident.id, None)
            if not near:
                self._about.pop(place, None)

    def _own(self, group: Group) -> None:
        if group.open:
            self.groups[group.key] = group
            self._keys.setdefault(group.incident_id, {})[group.key] = None
            openings = self._openings.setdefault(group.environment, {})
            openings.pop((group.key, group.incident_id), None)
            if group.how in _OPENINGS:
                openings[group.key, group.incident_id] = group.opened_at
        elif self.groups[group.key].incident_id == group.incident_id:
            self.groups[group.key] = group

    def _join(self, occurrence: Occurrence) -> None:
        if occurrence.incident_id is not None:
            members = self.members.setdefault(occurrence.incident_id, {})
            members[occurrence.key, occurrence.starts_at] = occurrence

    def _hear(self, key: AlertKey, occurrence: Occurrence) -> None:
        before = self.occurrences.get(key)
        if before is not None and before.group_key in self._held:
            waiting = self._held[before.group_key]
            waiting.pop(key, None)
            if not waiting:
                del self._held[before.group_key]
        self.occurrences[key] = occurrence
        if occurrence.incident_id is not None:
            self._join(occurrence)
        elif occurrence.group_key and occurrence.status is AlertStatus.FIRING:
            self._held.setdefault(occurrence.group_key, {})[key] = None
