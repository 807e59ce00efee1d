"""Rules: which alerts make one incident, how bad it is, and what starts with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.incident import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.alert import AlertEvent
    from bot.domain.matchers import Matcher

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


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The first one whose matchers all match an alert decides about it.

    `join_hops`: an alert joins an open incident of a service at most so many calls away; 0 switches that off.
    `min_alerts`: so many different alerts must fire within `window` before an incident opens.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ("service",)
    window: timedelta = timedelta(minutes=30)
    min_alerts: int = 1
    severity: SeverityMapping = field(default_factory=SeverityMapping)
    join_hops: int = 2
    reopen_window: timedelta = timedelta(minutes=30)
    page: frozenset[Severity] = frozenset({Severity.CRITICAL})
    playbooks: tuple[str, ...] = ("first-look",)
    invite: tuple[str, ...] = ()
    suppress: bool = False

    def group_key(self, event: AlertEvent, labels: Mapping[str, str]) -> str:
        """The key that alerts of one incident share; it always holds the environment."""
        values = {"environment": event.environment, **{name: labels.get(name, "") for name in self.group_by}}
        key = "|".join((self.name, *(f"{name}={_quoted(value)}" for name, value in values.items())))
        if len(key) <= _LONGEST_KEY:
            return key
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{key[:_LONGEST_KEY]}|sha256={digest}"


@dataclass(frozen=True, slots=True)
class Routed:
    """An alert with the rule that decides about it; no rule means that no incident is wanted."""

    event: AlertEvent
    rule: Rule | None
    group_key: str
    severity: Severity


class RuleSet:
    """All rules in their order, indexed by the first equality matcher of each."""

    def __init__(self, rules: Iterable[Rule], storm: StormPolicy | None = None) -> None:
        self.rules = tuple(rules)
        self.storm = storm or StormPolicy()
        self.by_name = {rule.name: rule for rule in self.rules}
        self._unindexed: list[int] = []
        self._index: dict[str, dict[str, list[int]]] = {}
        for position, rule in enumerate(self.rules):
            equality = next((m for m in rule.matchers if m.op == "=" and m.value), None)
            if equality is None:
                self._unindexed.append(position)
            else:
                self._index.setdefault(equality.name, {}).setdefault(equality.value, []).append(position)

    def route(self, event: AlertEvent) -> Routed:
        """Find the first rule that matches the alert's labels, service and environment."""
        labels = {**event.labels, "service": event.service, "environment": event.environment}
        for position in self._candidates(labels):
            rule = self.rules[position]
            if all(matcher.matches(labels) for matcher in rule.matchers):
                return Routed(event, rule, rule.group_key(event, labels), rule.severity.of(labels))
        return Routed(event, None, "", Severity.INFO)

    def _candidates(self, labels: Mapping[str, str]) -> list[int]:
        found = list(self._unindexed)
        for name, values in self._index.items():
            found += values.get(labels.get(name, ""), ())
        found.sort()
        return found


def _quoted(value: str) -> str:
    """A label's value with the key's own signs escaped, so that two groups never share a key."""
    return value.replace("\\", "\\\\").replace("|", "\\|")


DEFAULT_RULE: Final = Rule(name="default")
