"""Stories about alerts in a few lines: events by minute, and a store in memory around `decide`."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.domain.alert import AlertEvent, AlertKey, AlertStatus, Occurrence, event_identity
from bot.domain.catalog import Catalog, Service
from bot.domain.decide import decide
from bot.domain.decisions import Decision, Group, Outcome, Snapshot, TimelineEntry
from bot.domain.incident import Act, Incident, Severity, after
from bot.domain.inhibition import Inhibition, Inhibitor
from bot.domain.openings import EXPIRED
from bot.domain.quieting import NO_QUIET, Quiet, QuietKind, QuietSet, Window
from bot.domain.rules import DEFAULT_RULE, Rule, RuleSet, StormPolicy
from bot.domain.timer import Timer, TimerKind
from bot.domain.waking import again, concerned, ring
from bot.ingest.patterns import parse_matcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Rule", "Severity", "StormPolicy", "World", "alert", "at", "catalog", "ended", "inhibition", "rule"
]  # fmt: skip

START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes into the story."""
    return START + timedelta(minutes=minutes)


def alert(
    service: str = "checkout",
    minute: float = 0,
    *,
    name: str = "HighErrors",
    started: float | None = None,
    ended: float | None = None,
    severity: str = "warning",
    environment: str = "production",
    annotations: Mapping[str, str] | None = None,
    **labels: str,
) -> AlertEvent:
    """An alert heard at that minute, firing since then unless `started` says otherwise."""
    starts_at, ends_at = at(minute if started is None else started), None if ended is None else at(ended)
    status = AlertStatus.FIRING if ended is None else AlertStatus.RESOLVED
    fingerprint = f"{environment}/{name}/{service}"
    return AlertEvent(
        event_id=event_identity("am", fingerprint, starts_at, status, ends_at),
        source="am",
        fingerprint=fingerprint,
        status=status,
        name=name,
        service=service,
        environment=environment,
        labels={"alertname": name, "severity": severity, **labels},
        annotations=annotations or {},
        starts_at=starts_at,
        ends_at=ends_at,
        received_at=at(minute),
    )


def ended(event: AlertEvent, minute: float) -> AlertEvent:
    """The news that the alert ended, at that minute."""
    again = alert(
        event.service,
        minute,
        name=event.name,
        started=(event.starts_at - START) / timedelta(minutes=1),
        ended=minute,
        severity=event.labels["severity"],
        environment=event.environment,
    )
    return replace(again, labels=event.labels)


def rule(*matchers: str, name: str = "test", **settings: object) -> Rule:
    """A rule with matchers as text."""
    return Rule(name=name, matchers=tuple(map(parse_matcher, matchers)), **settings)  # type: ignore[arg-type] # the settings are the rule's own fields


def inhibition(source: str, target: str, *equal: str, name: str = "downstream") -> Inhibition:
    """An inhibition with one matcher a side."""
    return Inhibition(name, (parse_matcher(source),), (parse_matcher(target),), equal)


def catalog(*calls: str) -> Catalog:
    """A catalogue from `"web > checkout > payments"`: each calls the next."""
    callees: dict[str, set[str]] = {}
    for chain in calls:
        names = chain.split(" > ")
        for caller, callee in pairwise(names):
            callees.setdefault(caller, set()).add(callee)
    return Catalog(Service(name, depends_on=tuple(sorted(below))) for name, below in callees.items())


@dataclass
class World:
    """What the store would keep: `hear` loads, decides under the lock where it must, and saves."""

    rules: Sequence[Rule] = (DEFAULT_RULE,)
    storm: StormPolicy = field(default_factory=StormPolicy)
    catalog: Catalog = field(default_factory=Catalog)
    occurrences: dict[tuple[str, str, datetime], Occurrence] = field(default_factory=dict)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    inhibitions: Sequence[Inhibition] = ()
    windows: Sequence[Window] = ()
    quiets: dict[str, Quiet] = field(default_factory=dict)
    inhibitors: dict[tuple[str, AlertKey], Inhibitor] = field(default_factory=dict)
    timers: dict[tuple[TimerKind, str], Timer] = field(default_factory=dict)
    made: int = 0
    """How many ids were given out; an attempt that needs the lock may have used some."""

    @property
    def rule_set(self) -> RuleSet:
        return RuleSet(
            self.rules, self.storm, inhibitions=self.inhibitions, windows=self.windows, catalog=self.catalog
        )

    def hear(self, *events: AlertEvent) -> Outcome:
        """Decide about one batch and keep what it changes."""
        outcome = self.decide(*events, locked=frozenset())
        if outcome.needs_lock:
            outcome = self.decide(*events, locked=frozenset(outcome.needs_lock))
        assert not outcome.needs_lock
        self.save(outcome)
        return outcome

    def hear_each(self, *events: AlertEvent) -> list[Decision]:
        """One batch for each event."""
        return [decision for event in events for decision in self.hear(event).decisions]

    def decide(self, *events: AlertEvent, locked: frozenset[str] | None = None) -> Outcome:
        rules = self.rule_set
        routed = [rules.route(event) for event in events]
        return decide(
            routed, self.snapshot(), rules=rules, catalog=self.catalog, locked=locked, new_id=self.new_id
        )

    def new_id(self) -> str:
        self.made += 1
        return f"incident-{self.made:03}"

    def snapshot(self) -> Snapshot:
        latest: dict[AlertKey, Occurrence] = {}
        for one in sorted(self.occurrences.values(), key=lambda one: one.starts_at):
            latest[one.key] = one
        groups: dict[str, Group] = {}
        for group in sorted(self.groups.values(), key=lambda group: (group.open, group.opened_at)):
            groups[group.key] = group
        held: dict[str, list[AlertKey]] = {}
        for one in latest.values():
            waits = one.group_key and one.incident_id is None
            waits = waits and one.quiet in {"", f"{EXPIRED}:{one.group_key}"}
            if waits and one.status is AlertStatus.FIRING:
                held.setdefault(one.group_key, []).append(one.key)
        openings: dict[str, list[datetime]] = {}
        for group in self.groups.values():
            if group.how in {"opened", "storm"}:
                openings.setdefault(group.environment, []).append(group.opened_at)
        inhibitors: dict[str, list[Inhibitor]] = {}
        for source in self.inhibitors.values():
            inhibitors.setdefault(source.key, []).append(source)
        quiet = QuietSet(self.quiets.values()) if self.quiets else NO_QUIET
        return Snapshot(latest, groups, dict(self.incidents), held, openings, quiet, inhibitors)

    def silence(
        self, *matchers: str, minute: float = 0, until: float = 60, name: str = "s1", **more: str
    ) -> Quiet:
        """A silence of Ada's, from that minute until the other."""
        parsed = tuple(map(parse_matcher, matchers))
        quiet = Quiet(name, QuietKind.SILENCE, parsed, at(minute), at(until), "@ada", **more)
        self.quiets[name] = quiet
        return quiet

    def unsilence(self, name: str, minute: float) -> None:
        """End a silence before its time."""
        self.quiets[name] = replace(self.quiets[name], ends_at=at(minute))
        timer = Timer(TimerKind.RECONSIDER, self.quiets[name].cause, at(minute))
        self.timers[timer.kind, timer.subject] = timer

    def wait(self, minute: float) -> list[Outcome]:
        """Let time pass: every timer that is due rings, in order; gives what they brought about."""
        rung = []
        while due := [timer for timer in self.timers.values() if timer.due_at <= at(minute)]:
            timer = min(due, key=lambda one: (one.due_at, one.kind, one.subject))
            del self.timers[timer.kind, timer.subject]
            rung.append(self.ring(timer))
        return rung

    def ring(self, timer: Timer) -> Outcome:
        """Decide what one timer reminds of, and keep what it changes."""
        snapshot, rules = self.snapshot(), self.rule_set
        about = concerned(timer, snapshot.occurrences.values())
        routed = [rules.route(again(one, timer.due_at)) for one in about]
        outcome = ring(
            timer,
            routed,
            snapshot,
            rules=rules,
            catalog=self.catalog,
            new_id=self.new_id,
            at=timer.due_at,
        )
        self.save(outcome)
        return outcome

    def save(self, outcome: Outcome) -> None:
        for group in sorted(outcome.groups.values(), key=lambda group: group.open):
            self.groups[(group.key, group.incident_id)] = group
        for one in (*outcome.superseded, *outcome.occurrences.values()):
            self.occurrences[(*one.key, one.starts_at)] = one
        for incident in outcome.incidents.values():
            before = self.incidents.get(incident.id)
            assert incident.version == (before.version if before else 0) + 1
            incident.number = incident.number or len(self.incidents) + 1
            self.incidents[incident.id] = incident
        self.timeline += outcome.timeline
        self.timers |= {place: one.over(self.timers.get(place)) for place, one in outcome.timers.items()}
        for place, inhibitor in outcome.inhibiting.items():
            if inhibitor is None:
                self.inhibitors.pop(place, None)
            else:
                self.inhibitors[place] = inhibitor

    def act(self, act: Act, incident: Incident, minute: float) -> None:
        """A person acts; closing an incident closes its groups."""
        changed = copy(incident)
        changed.state = after(incident.state, act)
        changed.version += 1
        if act is Act.ACKNOWLEDGE:
            changed.acknowledged_at = at(minute)
        if act is Act.RESOLVE:
            changed.resolved_at, changed.resolved_by = at(minute), "@ada"
            for group in self.groups.values():
                if group.incident_id == incident.id:
                    group.open = False
        self.incidents[incident.id] = changed

    def resolve(self, minute: float) -> None:
        """A person resolves the only open incident."""
        self.act(Act.RESOLVE, self.open_one(), minute)

    def acknowledge(self, minute: float) -> None:
        """A person acknowledges the only open incident."""
        self.act(Act.ACKNOWLEDGE, self.open_one(), minute)

    def open_ones(self) -> list[Incident]:
        return [incident for incident in self.incidents.values() if incident.is_open]

    def open_one(self) -> Incident:
        (incident,) = self.open_ones()
        return incident

    def firing(self) -> set[str]:
        """The names of the services whose alerts fire."""
        snapshot = self.snapshot()
        return {one.service for one in snapshot.occurrences.values() if one.status is AlertStatus.FIRING}
