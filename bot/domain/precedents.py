"""There before: an alert that fired before the change was made cannot have been caused by it then."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.spans import span

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.change import Change
    from bot.domain.suspects import Evidence

FIRED_WITHIN: Final = timedelta(hours=24)
"""How long before an incident an alert counts as one that was there before."""


@dataclass(frozen=True, slots=True)
class Precedents:
    """`again`: the chance that a change breaks just what fired before it anyway, against any other fault.

    It speaks softly: what fired once in the day before and got well was mostly another fault, which says
    nothing. Only the few alerts that fire all the time clear a change.
    """

    again: float = 0.6


class FiredBefore:
    """When the alerts of this incident had fired already, within the look-back."""

    name: Final = "before"

    def __init__(self, evidence: Evidence, precedents: Precedents) -> None:
        self._precedents = precedents
        self._alerts = len({(alert.service, alert.name) for alert in evidence.alerts})
        first: dict[tuple[str, str], datetime] = {}
        for alert in evidence.alerts:
            if alert.before is not None:
                key = alert.service, alert.name
                first[key] = min(alert.before, first.get(key, alert.before))
        self._moments = sorted(first.values())
        self._onset = evidence.onset
        self._first = evidence.first

    def __bool__(self) -> bool:
        """Whether any alert had fired before."""
        return bool(self._moments)

    def value(self, change: Change) -> float:
        """By the share of the alerts that had fired before the change was made."""
        before = bisect_left(self._moments, change.time)
        if not before:
            return 0.0
        share = before / self._alerts
        return math.log(1.0 - share + share * self._precedents.again)

    def text(self, change: Change) -> str:
        """How many had fired, and when."""
        before = bisect_left(self._moments, change.time)
        ago = span((self._onset - self._moments[0]).total_seconds())
        many = "the same alert" if self._alerts == 1 else f"{before} of {self._alerts} alerts"
        return f"{many} had fired before this change was made, at first {ago} before {self._first}"
