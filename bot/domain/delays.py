"""How long a change takes to show: a heavy-tailed mixture, so that a delay of hours stays possible."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import count
from typing import Final

STEPS: Final = 32
"""Steps of the curve in each e-fold of the delay: 3 % of its length."""
LONGEST: Final = 30 * 86_400.0
"""Where the curve ends, in seconds."""
LEAST: Final = 1e-300
"""What is less likely than that counts as this."""


@dataclass(frozen=True, slots=True)
class LogNormal:
    """One part of the mixture: its share, its median in seconds, and the spread of the delay's logarithm."""

    weight: float
    median: float
    sigma: float

    def density(self, seconds: float) -> float:
        """The weighted density, per second."""
        away = (math.log(seconds) - math.log(self.median)) / self.sigma
        return self.weight * math.exp(-0.5 * away * away) / (seconds * self.sigma * math.sqrt(2 * math.pi))


@dataclass(frozen=True, slots=True)
class DelayMixture:
    """The delay from a change to the first alert.

    The shares and medians are assumptions that no public data settles (immediate faults, faults under load,
    slow leaks, the next day's peak); the spreads are wide because the medians are guesses. A delay under
    `shortest` seconds counts as `shortest`: alerting adds noise of that size.
    """

    parts: tuple[LogNormal, ...] = (
        LogNormal(0.55, 3 * 60.0, 0.9),
        LogNormal(0.25, 25 * 60.0, 0.8),
        LogNormal(0.12, 2 * 3_600.0, 0.7),
        LogNormal(0.08, 12 * 3_600.0, 0.6),
    )
    shortest: float = 20.0

    def log_density(self, seconds: float) -> float:
        """The logarithm of the density (per second) of a delay, in steps of 3 % of its length."""
        curve = log_densities(self)
        return curve[step_of(max(seconds, self.shortest, 1.0))]


def step_of(seconds: float) -> int:
    """The place of a delay of one second or more on the curve."""
    return int(math.log(min(seconds, LONGEST)) * STEPS)


@lru_cache(maxsize=16)
def against_uniform(mixture: DelayMixture, look_back: float) -> tuple[float, ...]:
    """The curve as log-likelihood ratios against a delay that is uniform over the look-back (seconds)."""
    uniform = math.log(look_back)
    return tuple(value + uniform for value in log_densities(mixture))


@dataclass(frozen=True, slots=True)
class Staircase:
    """What a delay says, step by step: `values` has one more than `begins`.

    Looking up a time takes a third of what its logarithm does, and tells at once who is no candidate.
    """

    begins: tuple[timedelta, ...]
    values: tuple[float, ...]

    def value(self, passed: timedelta) -> float:
        """The log-likelihood ratio; minus infinity where a change so long before is no candidate."""
        return self.values[bisect_right(self.begins, passed)]


@lru_cache(maxsize=16)
def staircase(mixture: DelayMixture, look_back: float, skew: float, skewed: float) -> Staircase:
    """From `skew` seconds after the first alert, at the ratio `skewed`, to the look-back before it."""
    curve = against_uniform(mixture, look_back)
    first, earliest = step_of(max(mixture.shortest, 1.0)), min(look_back, LONGEST)
    steps = range(first + 1, step_of(earliest) + 1)
    return Staircase(
        (
            timedelta(seconds=-skew),
            timedelta(0),
            *map(_beginning, steps),
            timedelta(seconds=earliest) + timedelta.resolution,
        ),
        (
            -math.inf,
            curve[first] + math.log(skewed),
            curve[first],
            *[curve[step] for step in steps],
            -math.inf,
        ),
    )


@lru_cache(maxsize=16)
def chances(mixture: DelayMixture, look_back: float, skew: float, skewed: float) -> Staircase:
    """The staircase as ratios, not logarithms, and on beyond the look-back: for one step of a rollout."""
    stairs = staircase(mixture, look_back, skew, skewed)
    last = step_of(min(look_back, LONGEST))
    beyond = range(last + 1, step_of(LONGEST) + 1)
    curve = against_uniform(mixture, look_back)
    return Staircase(
        (*stairs.begins[:-1], *map(_beginning, beyond)),
        (*map(math.exp, stairs.values[:-1]), *[math.exp(curve[step]) for step in beyond]),
    )


def _beginning(step: int) -> timedelta:
    """The shortest delay of a step, to the microsecond."""
    near = math.floor(math.exp(step / STEPS) * 1e6) - 1
    return timedelta(microseconds=next(one for one in count(near) if step_of(one / 1e6) >= step))


@lru_cache(maxsize=16)
def log_densities(mixture: DelayMixture) -> tuple[float, ...]:
    """The curve of the mixture over logarithmic time: looking up is far less work than four exponentials."""
    middles = (math.exp((step + 0.5) / STEPS) for step in range(step_of(LONGEST) + 1))
    return tuple(
        math.log(max(sum(part.density(seconds) for part in mixture.parts), LEAST)) for seconds in middles
    )
