"""What a batch of alerts is decided to mean: the words of `decide`, with a named reason each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.quieting import NO_QUIET

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.incident import Incident, Reason, Severity
    from bot.domain.inhibition import Inhibitor
    from bot.domain.quieting import Quiet, QuietSet
    from bot.domain.timer import Timer, TimerKind


class DecisionKind(StrEnum):
    """What one alert notification led to."""

    OPEN = "open"
    ATTACH = "attach"
    HOLD = "hold"
    SUPPRESS = "suppress"
    DUPLICATE = "duplicate"
    RESOLVED = "alert_resolved"
    REOPEN = "reopen"


@dataclass(slots=True)
class Decision:
    """What was decided about one event, and why."""

    kind: DecisionKind
    event_id: str
    incident_id: str | None
    reason: Reason


class Happening(StrEnum):
    """What a batch did to an incident; the effects follow from it."""

    OPENED = "opened"
    REOPENED = "reopened"
    GREW = "grew"
    NEW_SERVICE = "new service"
    AFTER_QUIET = "after quiet"
    ESCALATED = "escalated"
    MONITORING = "monitoring"
    REFIRED = "refired"
    SHRANK = "shrank"
    FLAPPING = "flapping"
    CALM = "calm"
    STORM_GREW = "storm grew"
    STORM_OVER = "storm over"


MAY_BE_OF_OTHER_CAUSE: Final = frozenset({Happening.REOPENED, Happening.NEW_SERVICE, Happening.AFTER_QUIET})
"""What has the suspects of an open incident ranked again."""


@dataclass(slots=True)
class Group:
    """A group key and the incident that owns it; at most one incident owns an open key."""

    key: str
    environment: str
    rule: str
    incident_id: str
    opened_at: datetime
    how: str
    open: bool = True


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of an incident's story. `source` names who said so: a rule, a person, a playbook."""

    incident_id: str
    time: datetime
    kind: str
    text: str
    source: str


@dataclass(slots=True)
class Snapshot:
    """What the store knew when a batch was decided; `decide` copies what it changes.

    `occurrences` by alert, `groups` the newest of each key, `incidents` by id, `held` the waiting alerts of
    each group key, `openings` the would-be openings of each environment within the storm window. `quiet`
    holds silences and maintenance windows, `inhibitors` by key the source alerts that fire. `about` names
    the incidents by (environment, service) where a reader has them filed already; None where nobody has.
    """

    occurrences: dict[AlertKey, Occurrence] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    held: dict[str, list[AlertKey]] = field(default_factory=dict)
    openings: dict[str, list[datetime]] = field(default_factory=dict)
    quiet: QuietSet = NO_QUIET
    inhibitors: dict[str, list[Inhibitor]] = field(default_factory=dict)
    about: dict[tuple[str, str], list[str]] | None = None


@dataclass(slots=True)
class Outcome:
    """Everything a batch changes. Where `needs_lock` is not empty, nothing else may be used.

    `occurrences` holds the latest one of each alert, `superseded` those before it that the batch ended.
    `timers` are reminders that lead back here (see `waking`), by kind and subject. `relied_on` are the
    silences and windows that kept an alert quiet: what is written is right only while they stand.
    `inhibiting` says by (key, alert) which source alerts fire from now on, None for one that has ended.
    `waking` are the severities, by incident, of alerts for which their own rule wakes somebody, where that of
    the incident wakes nobody.
    """

    decisions: list[Decision] = field(default_factory=list)
    occurrences: dict[AlertKey, Occurrence] = field(default_factory=dict)
    superseded: list[Occurrence] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    happened: dict[str, set[Happening]] = field(default_factory=dict)
    needs_lock: set[str] = field(default_factory=set)
    timers: dict[tuple[TimerKind, str], Timer] = field(default_factory=dict)
    relied_on: dict[str, Quiet] = field(default_factory=dict)
    inhibiting: dict[tuple[str, AlertKey], Inhibitor | None] = field(default_factory=dict)
    waking: dict[str, set[Severity]] = field(default_factory=dict)
