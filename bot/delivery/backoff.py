"""When a failed effect is tried again. Pure: the random number comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import RateLimitedError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import ClaimedEffect


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter: between nothing and `first * 2^n`, at most `longest` (seconds)."""

    first: float = 0.5
    longest: float = 30.0

    def pause(self, attempt: int, chance: float) -> timedelta:
        """The pause after so many attempts; `chance` is uniform between 0 and 1."""
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return timedelta(seconds=ceiling * chance)

    def due(
        self,
        claimed: ClaimedEffect,
        error: BaseException,
        now: datetime,
        *,
        chance: float,
        silence: timedelta,
    ) -> datetime:
        """When the effect is tried again.

        Retry-After is honoured to the second, and what asks for no pause gets the usual one. A retry is never
        later than the moment at which a failure has lasted for `silence`, when somebody is to be paged.
        """
        due = now + self.pause(claimed.attempt, chance)
        if isinstance(error, RateLimitedError):
            return now + timedelta(seconds=error.retry_after) if error.retry_after > 0 else due
        alarm = (claimed.failing_since or now) + silence
        return min(due, alarm) if now < alarm else due
