"""Inhibition, as Alertmanager has it: while a source alert fires, its consequences stay quiet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.incident import Reason
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.matchers import Matcher

CAUSE: Final = "inhibited"


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Alerts that match `target` are quiet while one fires that matches `source` and has the same `equal`.

    A label that is absent equals an empty one. An alert that matches both sides is inhibited only by sources
    that do not, so that none keeps itself quiet.
    """

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def is_source(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels inhibits others while it fires."""
        return all(one.matches(labels) for one in self.source)

    def is_target(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels may be inhibited."""
        return all(one.matches(labels) for one in self.target)

    def key(self, labels: Mapping[str, str]) -> str:
        """What sources and targets that belong together share."""
        values = (labels.get(name, "").replace("\\", "\\\\").replace("|", "\\|") for name in self.equal)
        return "|".join((self.name, *values))


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """A source alert that fires; `both` where it matches the target's side as well."""

    key: str
    alert: AlertKey
    name: str
    service: str
    both: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """What an alert is to one inhibition, under which key."""

    inhibition: Inhibition
    key: str
    source: bool
    target: bool


def sides(inhibitions: Iterable[Inhibition], labels: Mapping[str, str]) -> Iterator[Side]:
    """The inhibitions that an alert with these labels has to do with."""
    for one in inhibitions:
        source, target = one.is_source(labels), one.is_target(labels)
        if source or target:
            yield Side(one, one.key(labels), source, target)


def sources_of(
    alert: AlertEvent | Occurrence, labels: Mapping[str, str], inhibitions: Iterable[Inhibition]
) -> Iterator[Inhibitor]:
    """What an alert with these labels inhibits while it fires."""
    for side in sides(inhibitions, labels):
        if side.source:
            yield Inhibitor(side.key, alert.key, alert.name, alert.service, side.target)


def inhibitor_of(side: Side, firing: Iterable[Inhibitor], alert: AlertKey) -> Inhibitor | None:
    """The first source that keeps this target quiet; None where none does."""
    found = (one for one in firing if one.alert != alert and not (side.source and one.both))
    return min(found, key=lambda one: one.alert, default=None)


def cause_of(key: str) -> str:
    """The name under which inhibited alerts remember why they are quiet."""
    return f"{CAUSE}:{key}"


def inhibited_by(inhibition: Inhibition, source: Inhibitor) -> Reason:
    """Why an alert is quiet, in words."""
    text = f"{one_line(source.name)} on {one_line(source.service)} fires, and {inhibition.name} says that it"
    return Reason("inhibited", f"{text} explains this alert.")
