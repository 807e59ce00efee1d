"""How each rule fares: when it last matched, how often it failed, what it costs; the slow ones rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class CostBound:
    """A condition over `seconds` for `strikes` alerts in a row is left out for `rest`."""

    seconds: float = 0.01
    strikes: int = 5
    rest: timedelta = timedelta(minutes=5)


@dataclass(slots=True)
class RuleRecord:
    """What is known of one rule since it was loaded. Times are the alerts' `received_at`.

    `seconds` is the time that its condition took in all, over `evaluations`; `skipped` counts the alerts
    that went past it while it rested (until `rests_until`), for the reason in `resting`.
    """

    matches: int = 0
    last_matched: datetime | None = None
    evaluations: int = 0
    seconds: float = 0.0
    errors: int = 0
    last_error: str = ""
    skipped: int = 0
    resting: str = ""
    rests_until: datetime | None = None
    slow_in_a_row: int = 0

    def matched(self, at: datetime) -> None:
        """The rule took an alert."""
        self.matches += 1
        if self.last_matched is None or at > self.last_matched:
            self.last_matched = at

    def failed(self, why: str) -> None:
        """The condition gave no answer."""
        self.errors += 1
        self.last_error = why

    def took(self, seconds: float, at: datetime, bound: CostBound) -> None:
        """The condition was evaluated in so much time."""
        self.evaluations += 1
        self.seconds += seconds
        self.slow_in_a_row = self.slow_in_a_row + 1 if seconds > bound.seconds else 0
        if self.slow_in_a_row >= bound.strikes:
            self.slow_in_a_row = 0
            self.rests_until = at + bound.rest
            self.resting = (
                f"its condition took more than {bound.seconds * 1000:g} ms "
                f"for {bound.strikes} alerts in a row, {seconds * 1000:.1f} ms at last"
            )

    def rests(self, at: datetime) -> bool:
        """Whether the rule is left out at that time."""
        if self.rests_until is None:
            return False
        if at < self.rests_until:
            return True
        self.rests_until, self.resting = None, ""
        return False
