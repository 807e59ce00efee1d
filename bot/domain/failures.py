"""Change failure rate: of the changes to a service in a period, how many people say caused an incident."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.verdicts import key_of, standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.change import Change
    from bot.domain.verdicts import Verdict

DEFINITION: Final = (
    "changes of the period that responders say caused an incident, divided by all changes of the period; "
    "a change counts once, when it began; incidents that nobody judged count as caused by none, "
    "so that the rate is a lower bound while some are not judged"
)


@dataclass(frozen=True, slots=True)
class FailureRate:
    """One service: changes made, changes that caused an incident, and their ratio (None without changes)."""

    service: str
    changes: int
    failed: int

    @property
    def rate(self) -> float | None:
        """The ratio, 0 to 1."""
        return self.failed / self.changes if self.changes else None


@dataclass(frozen=True, slots=True)
class FailureRates:
    """The rates of a period, `since` until before `until`: the most failed first, and all together.

    `incidents` were opened in it; `judged` of them have a word on what caused them.
    """

    since: datetime
    until: datetime
    environment: str | None
    services: tuple[FailureRate, ...]
    total: FailureRate
    incidents: int
    judged: int


def causes(said: Iterable[Sequence[Verdict]]) -> list[Change]:
    """The changes that caused incidents by what counts of each incident's verdicts; each once."""
    found = {}
    for history in said:
        cause = standing(history).cause
        if cause is not None and cause.change is not None:
            found[key_of(cause.change)] = cause.change
    return list(found.values())


def rates_of(changes: Mapping[str, int], guilty: Iterable[Change]) -> tuple[FailureRate, ...]:
    """By service, from the changes that each had and those of them that are guilty; the most failed first."""
    failed = Counter(change.service for change in guilty)
    rates = [
        FailureRate(service, changes.get(service, 0), failed[service]) for service in {*changes, *failed}
    ]
    return tuple(sorted(rates, key=lambda one: (-one.failed, -one.changes, one.service)))


def together(rates: Collection[FailureRate]) -> FailureRate:
    """All services as one, named `*`."""
    return FailureRate("*", sum(one.changes for one in rates), sum(one.failed for one in rates))
