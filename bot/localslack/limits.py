"""Slack's rate tiers as token buckets: so many calls at once, then one each time a token is back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bot.localslack.ids import Clock


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_minute` calls on average, `burst` of them at once."""

    per_minute: float
    burst: int


TIERS: Mapping[int, Rate] = {
    1: Rate(1, 1),
    2: Rate(20, 20),
    3: Rate(50, 50),
    4: Rate(100, 100),
    5: Rate(600, 600),  # "special": hundreds a minute
}
POST_PER_CHANNEL = Rate(60, 5)
POST_PER_WORKSPACE = Rate(600, 600)


class RateLimiter:
    """Buckets by key, full at first. Idle buckets are dropped when there are many."""

    def __init__(self, clock: Clock, *, enabled: bool = True) -> None:
        self._clock = clock
        self.enabled = enabled
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, rate: Rate) -> int | None:
        """Take one call from the bucket; return None, or after how many seconds to try again."""
        if not self.enabled:
            return None
        now = self._clock()
        level, since = self._buckets.get(key, (float(rate.burst), now))
        per_second = rate.per_minute / 60
        level = min(float(rate.burst), level + (now - since) * per_second)
        if level < 1:
            return max(1, math.ceil((1 - level) / per_second))
        self._buckets[key] = (level - 1, now)
        return None

    def reset(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()
