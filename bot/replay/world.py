"""What the store would know, in memory, filed as the decisions ask for it."""

from __future__ import annotations

from copy import copy
from sys import intern
from typing import TYPE_CHECKING, Final, TypeVar

from bot.domain.alert import AlertStatus
from bot.domain.incident import Act, after
from bot.domain.quieting import NO_QUIET, QuietSet
from bot.replay.changes import Changes
from bot.replay.firings import Firings
from bot.replay.paces import Paces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.decisions import Group, Outcome
    from bot.domain.incident import Incident
    from bot.domain.inhibition import Inhibitor
    from bot.domain.quieting import Quiet
    from bot.domain.suspects import Ranking

Place = TypeVar("Place")
Name = TypeVar("Name")
Value = TypeVar("Value")
_NO_TEXTS: Final[Mapping[str, str]] = {}
_OPENINGS: Final = frozenset({"opened", "storm"})


class World:
    """Incidents, alerts, groups and changes.

    `occurrences` holds the latest one of each alert, `repeated` when that was last said again, `members` all
    that an incident ever had, `rankings` what was last said of the suspects. `held`, `quieted` and
    `inhibitors` are filed by group key and by cause, `about` and `storms` name open incidents by where they
    are, `openings` the openings by environment.

    A `lean` world keeps what decisions look at and nothing else: no members, and no labels of alerts that
    nobody will consider again.
    """

    def __init__(self, *, lean: bool = False) -> None:
        self.lean = lean
        self.incidents: dict[str, Incident] = {}
        self.occurrences: dict[AlertKey, Occurrence] = {}
        self.repeated: dict[AlertKey, datetime] = {}
        self.members: dict[str, dict[tuple[AlertKey, datetime], Occurrence]] = {}
        self.groups: dict[str, Group] = {}
        self.changes = Changes()
        self.paces = Paces()
        self.firings = Firings()
        self.rankings: dict[str, Ranking] = {}
        self.quiet: QuietSet = NO_QUIET
        self._quiets: dict[str, Quiet] = {}
        self.opened = 0
        """How many incidents there have been."""
        self.held: dict[str, dict[AlertKey, None]] = {}
        self.quieted: dict[str, dict[AlertKey, None]] = {}
        self.inhibitors: dict[str, dict[AlertKey, Inhibitor]] = {}
        self.openings: dict[str, dict[tuple[str, str], datetime]] = {}
        self.about: dict[tuple[str, str], dict[str, None]] = {}
        self.storms: dict[str, dict[str, None]] = {}
        self.keys: dict[str, dict[str, None]] = {}
        """The group keys that each incident has owned."""
        self.heard: dict[str, None] = {}
        """Open incidents in the order in which they were last heard of."""

    def open_ones(self) -> list[Incident]:
        """The open incidents, oldest first."""
        return [incident for incident in self.incidents.values() if incident.is_open]

    def heard_since(self, moment: datetime) -> Iterator[Incident]:
        """The open incidents that an alert came to at that moment or later."""
        for incident_id in reversed(self.heard):
            incident = self.incidents[incident_id]
            if max(incident.last_alert_at, incident.opened_at) < moment:
                return
            yield incident

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
        for (cause, key), inhibitor in outcome.inhibiting.items():
            if inhibitor is not None:
                self.inhibitors.setdefault(cause, {})[key] = inhibitor
            else:
                _unfile(self.inhibitors, cause, key)

    def keep_quiet(self, *quiets: Quiet) -> None:
        """Let silences and windows hold, each in its own time, as they are stated now."""
        self._quiets.update((quiet.id, quiet) for quiet in quiets)
        self.quiet = QuietSet(self._quiets.values())

    def end_quiet(self, before: datetime) -> None:
        """Drop the silences and windows that ended before then."""
        ended = [one.id for one in self._quiets.values() if one.ends_at < before]
        for one in ended:
            del self._quiets[one]
        if ended:
            self.quiet = QuietSet(self._quiets.values())

    def resolve(self, incident: Incident, at: datetime, who: str) -> None:
        """Close the incident and its groups, as a person would."""
        closed = copy(incident)
        closed.state = after(incident.state, Act.RESOLVE)
        closed.resolved_at, closed.resolved_by = at, who
        closed.steady()
        closed.version += 1
        self._keep(closed)
        for key in self.keys.get(closed.id, ()):
            group = self.groups.get(key)
            if group is not None and group.incident_id == closed.id:
                released = copy(group)
                released.open = False
                self.groups[key] = released

    def forget(self, key: AlertKey) -> None:
        """Drop what is known of the alert, and that it waits for anything."""
        known = self.occurrences.pop(key)
        self.repeated.pop(key, None)
        if known.incident_id is None:
            self._wait_no_more(key, known)

    def _wait_no_more(self, key: AlertKey, known: Occurrence) -> None:
        _unfile(self.held, known.group_key, key)
        _unfile(self.quieted, known.quiet, key)

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
            self.heard.pop(incident.id, None)
            self.heard[incident.id] = None
        if known is not None and known.is_open and known.services == incident.services:
            return
        if incident.storm:
            self.storms.setdefault(incident.environment, {})[incident.id] = None
        else:
            for service in incident.services:
                self.about.setdefault((incident.environment, service), {})[incident.id] = None

    def _close(self, incident: Incident) -> None:
        self.heard.pop(incident.id, None)
        _unfile(self.storms, incident.environment, incident.id)
        for service in incident.services:
            _unfile(self.about, (incident.environment, service), incident.id)

    def _own(self, group: Group) -> None:
        if group.open:
            self.groups[group.key] = group
            self.keys.setdefault(group.incident_id, {})[group.key] = None
            openings = self.openings.setdefault(group.environment, {})
            openings.pop((group.key, group.incident_id), None)
            if group.how in _OPENINGS:
                openings[group.key, group.incident_id] = group.opened_at
        elif (known := self.groups.get(group.key)) is not None and known.incident_id == group.incident_id:
            self.groups[group.key] = group

    def _join(self, occurrence: Occurrence) -> None:
        if occurrence.incident_id is not None and not self.lean:
            members = self.members.setdefault(occurrence.incident_id, {})
            members[occurrence.key, occurrence.starts_at] = occurrence

    def _hear(self, key: AlertKey, occurrence: Occurrence) -> None:
        before = self.occurrences.get(key)
        if before is not None and before.incident_id is None:
            self._wait_no_more(key, before)
        self.occurrences[key] = occurrence
        if not self.lean:
            self.firings.hear(occurrence)
        waits = occurrence.incident_id is None and (occurrence.quiet or occurrence.group_key)
        if self.lean and not (waits and occurrence.status is AlertStatus.FIRING):
            _strip(occurrence)
        if occurrence.incident_id is not None:
            self._join(occurrence)
        elif occurrence.status is AlertStatus.FIRING:
            if occurrence.quiet:
                self.quieted.setdefault(occurrence.quiet, {})[key] = None
            elif occurrence.group_key:
                self.held.setdefault(occurrence.group_key, {})[key] = None


def _strip(occurrence: Occurrence) -> None:
    """Keep what tells this occurrence from the next; the same texts of many alerts are kept once."""
    occurrence.labels = occurrence.annotations = _NO_TEXTS
    occurrence.generator_url = ""
    occurrence.source, occurrence.name = intern(occurrence.source), intern(occurrence.name)
    occurrence.service = intern(occurrence.service)
    occurrence.environment = intern(occurrence.environment)
    occurrence.group_key = intern(occurrence.group_key)


def _unfile(files: dict[Place, dict[Name, Value]], place: Place, name: Name) -> None:
    """Take a name out of its file, and the file away when nothing is left in it."""
    file = files.get(place)
    if file is not None:
        file.pop(name, None)
        if not file:
            del files[place]
