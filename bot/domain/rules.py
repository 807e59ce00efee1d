"""Rules: which alerts make one incident, how bad it is, and what starts with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.catalog import Catalog
from bot.domain.conditions import ConditionError, variables_of
from bot.domain.incident import Severity
from bot.domain.rule_index import RuleIndex
from bot.domain.rule_watch import CostBound, RuleRecord
from bot.domain.trials import trial_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.conditions import Condition
    from bot.domain.incident import Incident
    from bot.domain.inhibition import Inhibition
    from bot.domain.matchers import Matcher
    from bot.domain.quieting import Window
    from bot.domain.schedule import Schedule
    from bot.domain.trials import Trial

_SEVERITY_NAMES: Final[Mapping[str, Severity]] = {
    "critical": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "error": Severity.ERROR,
    "high": Severity.ERROR,
    "major": Severity.ERROR,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "minor": Severity.WARNING,
    "info": Severity.INFO,
    "none": Severity.INFO,
    "low": Severity.INFO,
}

_LONGEST_KEY: Final = 400
_USUAL_BOUND: Final = CostBound()
ASKED_EVERY: Final = timedelta(minutes=1)
"""How often a condition that reads the time is asked again about an alert that goes to no incident."""


@dataclass(frozen=True, slots=True)
class SeverityMapping:
    """How a rule reads the severity from a label; the values are compared in lower case."""

    label: str = "severity"
    values: Mapping[str, Severity] = field(default_factory=lambda: _SEVERITY_NAMES)
    default: Severity = Severity.WARNING

    def of(self, labels: Mapping[str, str]) -> Severity:
        """The severity of an alert with these labels."""
        return self.values.get(labels.get(self.label, "").lower(), self.default)


@dataclass(frozen=True, slots=True)
class StormPolicy:
    """More than `openings` would-be openings of one environment in `window` join one storm incident."""

    openings: int = 10
    window: timedelta = timedelta(minutes=5)


class Action(StrEnum):
    """What a rule does with its alerts: open or join an incident, join one but never open, or neither."""

    OPEN = "open"
    ATTACH = "attach"
    SUPPRESS = "suppress"


class Held(StrEnum):
    """What becomes of a group that was held and did not reach its minimum within the window."""

    EXPIRE = "expire"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The first one that is active and whose matchers and condition hold decides about an alert.

    `join_hops`: an alert joins the likeliest open incident whose cause may lie within so many calls, where
    that is `join_odds` times likelier than trouble of its own; 0 switches that off.
    `min_alerts`: so many different alerts must fire within `window` before an incident opens.
    `flap_after`: so many times its alerts may all end and fire again, each time within `window`, before an
    incident counts as flapping. `announce`: Slack channels (names or ids) that are told of its incidents.
    `owners`: who answers for the rule (`#channel` or Slack's ids); they are told when it rests.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ("service",)
    window: timedelta = timedelta(minutes=30)
    min_alerts: int = 1
    severity: SeverityMapping = field(default_factory=SeverityMapping)
    join_hops: int = 4
    join_odds: float = 1.5
    reopen_window: timedelta = timedelta(minutes=30)
    page: frozenset[Severity] = frozenset({Severity.CRITICAL})
    playbooks: tuple[str, ...] = ("first-look",)
    invite: tuple[str, ...] = ()
    action: Action = Action.OPEN
    when: Condition | None = None
    active: Schedule | None = None
    announce: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    held: Held = Held.EXPIRE
    flap_after: int = 6

    @property
    def suppress(self) -> bool:
        """Whether its alerts never belong to an incident."""
        return self.action is Action.SUPPRESS

    def group_key(self, event: AlertEvent, labels: Mapping[str, str]) -> str:
        """The key that alerts of one incident share; it always holds the environment."""
        parts = [self.name, f"environment={_quoted(event.environment)}"]
        parts += [
            f"{name}={_quoted(labels.get(name, ''))}" for name in self.group_by if name != "environment"
        ]
        key = "|".join(parts)
        if len(key) <= _LONGEST_KEY:
            return key
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{key[:_LONGEST_KEY]}|sha256={digest}"


class Until(StrEnum):
    """What has to pass before a rule decides otherwise."""

    BEGINS = "begins"
    ENDS = "ends"
    RESTED = "rested"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Turn:
    """When a rule's word about an alert may be another.

    Its hours begin or end, it rests no longer, or its condition, which reads the time, is asked again.
    """

    at: datetime
    rule: str
    why: Until


@dataclass(slots=True)
class Routed:
    """An alert with the rule that decides about it; no rule means that no incident is wanted.

    Where it opens none, `turn` is the first moment at which the rules may say otherwise by themselves.
    """

    event: AlertEvent
    rule: Rule | None
    group_key: str
    severity: Severity
    turn: Turn | None = None


@dataclass(slots=True)
class Passed:
    """The rules that an alert passes though their matchers hold.

    `early`: their hours have not come. `unmet`: their condition does not hold. `rested`: when those that are
    left out for now count again.
    """

    early: list[Rule] = field(default_factory=list)
    unmet: list[Rule] = field(default_factory=list)
    rested: list[Turn] = field(default_factory=list)


class RuleSet:
    """All rules in their order; an alert is held against those alone that its labels could match.

    A condition that fails, or that rests because it was slow, counts as one that does not hold: the other
    rules go on. `meter` gives seconds that only grow; without it conditions cost nothing, as in a replay,
    which so never leaves one out. `watch` holds how each rule fares, by name.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        storm: StormPolicy | None = None,
        *,
        catalog: Catalog | None = None,
        meter: Callable[[], float] = float,
        bound: CostBound = _USUAL_BOUND,
        inhibitions: Iterable[Inhibition] = (),
        windows: Iterable[Window] = (),
    ) -> None:
        self.rules = tuple(rules)
        self.storm = storm or StormPolicy()
        self.by_name = {rule.name: rule for rule in self.rules}
        self.inhibitions = tuple(inhibitions)
        self.windows = tuple(windows)
        self.attaches = any(rule.action is Action.ATTACH for rule in self.rules)
        self.watch: Mapping[str, RuleRecord] = {rule.name: RuleRecord() for rule in self.rules}
        self._services = (catalog or Catalog()).services
        self._meter = meter
        self._bound = bound
        self._index = RuleIndex(self.rules)

    def keep_records(self, earlier: RuleSet) -> None:
        """Go on with the records of the rules that are as they were in an earlier set."""
        same = [name for name, rule in self.by_name.items() if earlier.by_name.get(name) == rule]
        self.watch = {**self.watch, **{name: earlier.watch[name] for name in same}}

    def of(self, incident: Incident) -> Rule | None:
        """The rule that opened it, while there is one; a storm is opened by none, whatever its name."""
        return None if incident.storm else self.by_name.get(incident.rule)

    def page_of(self, incident: Incident) -> Collection[Severity]:
        """The severities at which the incident wakes somebody; in a storm it is the rules of its alerts."""
        rule = self.of(incident)
        if rule is not None:
            return rule.page
        return () if incident.storm else DEFAULT_RULE.page

    def route(self, event: AlertEvent) -> Routed:
        """Find the rule that takes the alert, and count that it did."""
        found = self.route_again(event)
        self.count([found])
        return found

    def count(self, found: Iterable[Routed]) -> None:
        """Note that these alerts were taken by their rules."""
        for one in found:
            if one.rule is not None:
                self.watch[one.rule.name].matched(one.event.received_at)

    def route_again(self, event: AlertEvent) -> Routed:
        """Find the first rule that takes the alert: by its labels, service and environment, then the rest.

        Counts no match: an alert that waits is asked about each minute, and mostly there is nothing new.
        """
        labels = labels_of(event)
        variables: Mapping[str, object] | None = None
        passed = Passed()
        for position in self._index.candidates(labels):
            rule = self.rules[position]
            if not _all_hold(rule.matchers, labels):
                continue
            if rule.active is not None and not rule.active.active(event.received_at):
                passed.early.append(rule)
                continue
            if rule.when is not None:
                if self._rests(rule.name, event.received_at):
                    passed.rested += self._rested(rule)
                    continue
                variables = variables or self._variables(event, labels)
                if not self._holds(rule.name, rule.when, variables, event):
                    passed.unmet.append(rule)
                    continue
            return routed(event, labels, rule, passed)
        return routed(event, labels, None, passed)

    def opener(self, event: AlertEvent) -> Rule | None:
        """The first rule that opens incidents and takes this by all of its parts; counts nothing.

        For what a person declares: no rule may keep that from being an incident.
        """
        labels = labels_of(event)
        variables = self._variables(event, labels)
        opening = (rule for rule in self.rules if rule.action is Action.OPEN)
        return next(
            (one for one in opening if trial_of(one, labels, variables, event.received_at).matched), None
        )

    def trials(self, event: AlertEvent) -> list[Trial]:
        """Every rule that was tried in order, the one that takes the alert last, with what held of each.

        Counts nothing, and leaves no condition out.
        """
        labels = labels_of(event)
        variables = self._variables(event, labels)
        tried: list[Trial] = []
        for rule in self.rules:
            tried.append(trial_of(rule, labels, variables, event.received_at))
            if tried[-1].matched:
                break
        return tried

    def _variables(self, event: AlertEvent, labels: Mapping[str, str]) -> Mapping[str, object]:
        severity = _USUAL_SEVERITY.of(labels)
        return variables_of(event, labels, severity, self._services.get(event.service))

    def _rests(self, name: str, at: datetime) -> bool:
        record = self.watch[name]
        rests = record.rests(at)
        record.skipped += rests
        return rests

    def _rested(self, rule: Rule) -> list[Turn]:
        """When the rule rests no longer, if it would take alerts to incidents."""
        until = self.watch[rule.name].rests_until
        return [] if rule.suppress or until is None else [Turn(until, rule.name, Until.RESTED)]

    def _holds(self, name: str, when: Condition, variables: Mapping[str, object], event: AlertEvent) -> bool:
        record = self.watch[name]
        before = self._meter()
        try:
            held = when.holds(variables)
        except ConditionError as error:
            record.failed(error.detail)
            held = False
        record.took(self._meter() - before, event.received_at, self._bound)
        return held


def labels_of(event: AlertEvent | Occurrence) -> Mapping[str, str]:
    """The labels that matchers see: the alert's own, with the service and the environment as we read them."""
    return {**event.labels, "service": event.service, "environment": event.environment}


def routed(
    event: AlertEvent,
    labels: Mapping[str, str],
    rule: Rule | None,
    passed: Passed,
) -> Routed:
    """The alert with the rule that takes it, after those that it passed."""
    if rule is None:
        return Routed(event, None, "", Severity.INFO, _turn(event, None, passed))
    key, severity = rule.group_key(event, labels), rule.severity.of(labels)
    # What opens an incident at once waits for nothing.
    at_once = rule.action is Action.OPEN and rule.min_alerts <= 1
    turn = None if at_once else _turn(event, rule, passed)
    return Routed(event, rule, key, severity, turn)


def _turn(event: AlertEvent, taken_by: Rule | None, passed: Passed) -> Turn | None:
    at, awaited = event.received_at, [(rule, Until.BEGINS) for rule in passed.early if not rule.suppress]
    asked = [rule for rule in passed.unmet if not rule.suppress]
    if taken_by is not None:
        awaited.append((taken_by, Until.ENDS))
        asked.append(taken_by)
    hours = [Turn(rule.active.turn(at), rule.name, why) for rule, why in awaited if rule.active is not None]
    again = [
        Turn(at + ASKED_EVERY, rule.name, Until.TIME)
        for rule in asked
        if rule.when is not None and rule.when.reads_time
    ]
    return min([*passed.rested, *hours, *again], key=lambda turn: (turn.at, turn.rule), default=None)


def _all_hold(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """A loop, as a generator would take half of the time that it takes to find a rule."""
    for matcher in matchers:  # noqa: SIM110 - see above
        if not matcher.matches(labels):
            return False
    return True


def _quoted(value: str) -> str:
    """A label's value with the key's own signs escaped, so that two groups never share a key."""
    if "\\" in value or "|" in value:
        return value.replace("\\", "\\\\").replace("|", "\\|")
    return value


_USUAL_SEVERITY: Final = SeverityMapping()
DEFAULT_RULE: Final = Rule(name="default")
