"""Intervals by resampling: what else could have been measured on as many incidents of the same kind.

What is measured of an incident is one of a few categories (its rank, whether a suspect was shown), so a
resample is a draw of the counts of categories, not of each incident: thousands of incidents cost no more than
a few hundred.
"""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    Statistic = Callable[[Mapping["Category", int]], Mapping[str, float | None]]

Category = TypeVar("Category", bound="Hashable")
TIMES: Final = 1_000
LEVEL: Final = 0.95
_FEW: Final = 30.0
"""Below so many expected, a count is drawn exactly; above, the normal distribution is as good."""


def intervals(
    categories: Iterable[Category],
    statistic: Callable[[Mapping[Category, int]], Mapping[str, float | None]],
    *,
    times: int = TIMES,
    seed: str = "bootstrap",
) -> dict[str, tuple[float, float]]:
    """The 95 % percentile interval of each figure that the statistic gives; None is left out of account."""
    counted = Counter(categories)
    chance = Random(seed)  # noqa: S311 - resampling, no secret
    drawn: dict[str, list[float]] = {}
    for _ in range(times if counted else 0):
        for name, value in statistic(_resample(counted, chance)).items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {name: _percentiles(values) for name, values in drawn.items()}


def _percentiles(values: list[float]) -> tuple[float, float]:
    values.sort()
    tail = (1.0 - LEVEL) / 2
    last = len(values) - 1
    return values[round(tail * last)], values[round((1.0 - tail) * last)]


def reflected(span: tuple[float, float], value: float) -> tuple[float, float]:
    """The basic bootstrap interval of a figure that is never negative, from its percentile interval.

    Where chance alone adds to a figure, as to an error that is a sum of absolute ones, it adds to each
    resample once more, and the percentiles lie too high. What the resamples are off by is taken off the
    figure instead. Where that is more than the figure's own, the interval is stretched to hold it.
    """
    low, high = span
    return max(0.0, min(value, 2 * value - high)), max(value, 2 * value - low)


def _resample(counted: Mapping[Category, int], chance: Random) -> dict[Category, int]:
    """As many again, each a draw with replacement: multinomial counts."""
    left = of = sum(counted.values())
    drawn: dict[Category, int] = {}
    for category, count in counted.items():
        got = left if count >= of else binomial(left, count / of, chance)
        if got:
            drawn[category] = got
        left -= got
        of -= count
    return drawn


def binomial(tries: int, share: float, chance: Random) -> int:
    """A draw of how many of `tries` succeed; exact where few are expected to (or to fail)."""
    if share > 0.5:  # noqa: PLR2004 - the other half is the same, mirrored
        return tries - binomial(tries, 1.0 - share, chance)
    if not tries or share <= 0.0:
        return 0
    expected = tries * share
    if expected > _FEW:
        drawn = round(chance.gauss(expected, math.sqrt(expected * (1.0 - share))))
        return min(max(drawn, 0), tries)
    return _inverted(tries, share, chance.random())


def _inverted(tries: int, share: float, level: float) -> int:
    """The quantile of a binomial distribution, by adding up its chances from zero."""
    odds = share / (1.0 - share)
    at, mass = 0, (1.0 - share) ** tries
    while level > mass and at < tries:
        level -= mass
        at += 1
        mass *= odds * (tries - at + 1) / at
    return at


def sign_test(better: int, worse: int) -> float:
    """The two-sided chance of so uneven a split among pairs that differ, were neither method better."""
    many = better + worse
    if not many:
        return 1.0
    few = min(better, worse)
    logs = [
        math.lgamma(many + 1) - math.lgamma(one + 1) - math.lgamma(many - one + 1) - many * math.log(2)
        for one in range(few + 1)
    ]
    return min(1.0, 2.0 * math.fsum(math.exp(one) for one in logs))
