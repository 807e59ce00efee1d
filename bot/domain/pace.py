"""How often changes are made: against a steady stream of them, one that came shortly before says little."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.change import Change, ChangeKind

WINDOW: Final = 7 * 86_400
"""Seconds over which changes are counted: a week has all of its days, and bursts even out."""
_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Pace:
    """How many changes were made of each (environment, kind), within so many seconds."""

    counts: Mapping[tuple[str, ChangeKind], int]
    seconds: float


@dataclass(slots=True)
class PaceMeter:
    """Counts changes by the hour as they are heard of; what is older than the window is forgotten."""

    _hours: dict[int, Counter[tuple[str, ChangeKind]]] = field(default_factory=dict)
    _first: float | None = None

    def add(self, change: Change) -> None:
        """Count one change, at its start."""
        made = change.time.timestamp()
        self._first = made if self._first is None else min(self._first, made)
        self._hours.setdefault(int(made // _HOUR), Counter())[(change.environment, change.kind)] += 1

    def pace(self, at: datetime) -> Pace | None:
        """What was made in the week before `at`, or since the first change; None before any."""
        now = at.timestamp()
        if self._first is None or self._first >= now:
            return None
        oldest = int((now - WINDOW) // _HOUR)
        for hour in [hour for hour in self._hours if hour < oldest]:
            del self._hours[hour]
        counts: Counter[tuple[str, ChangeKind]] = Counter()
        for hour, counted in self._hours.items():
            if hour * _HOUR <= now:
                counts.update(counted)
        return Pace(dict(counts), min(now - self._first, float(WINDOW)))
