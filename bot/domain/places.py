"""Scope: was the change made where it hurts? One made in another region than the alerts' is innocent."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE
from bot.domain.wording import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.domain.change import Change
    from bot.domain.suspects import Evidence

ANYWHERE: Final = frozenset({"", "*", "all", "any", "global", "everywhere"})
_SERVICES: Final = ("service", "services")
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "region": ("region", "aws_region", "cloud_region"),
    "zone": ("zone", "availability_zone", "az"),
    "cluster": ("cluster", "k8s_cluster", "cluster_name"),
    "namespace": ("namespace", "k8s_namespace"),
    "tenant": ("tenant", "customer"),
    "cell": ("cell", "shard"),
    "pod": ("pod", "instance", "host", "node"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """How scope speaks.

    `labels`: under which labels alerts name each part of a scope; others go by their own name. `outside`: the
    chance that an alert comes from outside the scope of its cause. `most`: the most that matching may say for
    a change.
    """

    labels: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _LABELS)
    outside: float = 0.05
    most: float = 1.5


class Scope:
    """The places that the alerts name, against the scope of one change after another.

    A match says the more, the fewer candidates have one: where every change is made everywhere, that it was
    made here says nothing.
    """

    name: Final = "scope"

    def __init__(self, evidence: Evidence, candidates: Iterable[Change], places: Places) -> None:
        self._places = places
        scoped = [change.scope for change in candidates if change.scope]
        self._seen: dict[str, Counter[str]] = {}
        for part in {part for scope in scoped for part in scope}:
            names = places.labels.get(part, (part,))
            found = Counter(
                value.lower()
                for alert in evidence.alerts
                if (value := next((alert.labels[one] for one in names if alert.labels.get(one)), ""))
            )
            if found:
                self._seen[part] = found
        self._known: dict[tuple[str, str], float] = {}
        self._matching = self._count(scoped)

    def __bool__(self) -> bool:
        """Whether the alerts name any place that a change names."""
        return bool(self._seen)

    def value(self, change: Change) -> float:
        """The sum over the parts of its scope that the alerts name as well."""
        return sum(self._part(part, stated) for part, stated in change.scope.items() if part in self._seen)

    def text(self, change: Change) -> str:
        """Where it was made and where it hurts."""
        said = []
        for part, stated in sorted(change.scope.items()):
            if part in self._seen and self._part(part, stated):
                seen = self._seen[part]
                here = few([value for value, _ in seen.most_common()])
                said.append(f"made in {part} {stated}, and the alerts come from {here}")
        return "; ".join(said)

    def _part(self, part: str, stated: str) -> float:
        known = self._known.get((part, stated))
        if known is None:
            known = self._known[part, stated] = self._weigh(part, stated)
        return known

    def _weigh(self, part: str, stated: str) -> float:
        scope, seen = set(stated_places(stated)), self._seen[part]
        if scope & ANYWHERE:
            return 0.0
        inside = sum(seen[value] for value in scope) / seen.total()
        if inside == 0:
            return math.log(self._places.outside)
        match, all_of_them = self._matching[part]
        gain = min(math.log((all_of_them + 1) / (match + 1)), self._places.most)
        return gain + math.log(inside + (1.0 - inside) * self._places.outside)

    def _count(self, scopes: Sequence[Mapping[str, str]]) -> dict[str, tuple[int, int]]:
        """For each part, how many candidates match where it hurts, and how many name it at all."""
        stated: dict[str, Counter[str]] = {part: Counter() for part in self._seen}
        for part, counted in stated.items():
            counted.update(scope[part] for scope in scopes if part in scope)
        return {
            part: (
                sum(
                    many
                    for text, many in counted.items()
                    if set(stated_places(text)) & ({*self._seen[part]} | ANYWHERE)
                ),
                counted.total(),
            )
            for part, counted in stated.items()
        }


def concerned(service: str, scope: Mapping[str, str]) -> str:
    """The service of a change: `*`, every one, where none is named and its scope says so."""
    if service and service != UNKNOWN:
        return service
    named = {one for part in _SERVICES if part in scope for one in stated_places(scope[part])}
    everywhere = scope.get("global", "").lower() == "true" or not named.isdisjoint(EVERYWHERE)
    return "*" if everywhere else service


def stated_places(stated: str) -> list[str]:
    """What a scope says: one name, several with commas, or JSON, of which the texts and numbers count.

    What names no place at all is everywhere.
    """
    if stated[:1] in {"[", "{"} or stated in {"true", "false"}:
        try:
            return [str(one).lower() for one in _named(json.loads(stated))] or [""]
        except (ValueError, RecursionError):
            pass  # as a text it may nest as deep as it is long
    return [one.strip().lower() for one in stated.split(",")]


def _named(value: object) -> Iterator[str | int | float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value
