"""Draws whose arithmetic is the same on every Python version, so that a seed always gives the same bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random
    from typing import TypeVar

    T = TypeVar("T")


def exponential(mean: float, rng: Random) -> float:
    """A time with this mean; any unit."""
    return -math.log(1.0 - rng.random()) * mean


def erlang(stages: int, mean: float, rng: Random) -> float:
    """The sum of so many exponential stages, with `mean` in all."""
    return math.fsum(exponential(mean / stages, rng) for _ in range(stages))


def lognormal(median: float, sigma: float, rng: Random) -> float:
    """A time with this median whose logarithm spreads by `sigma`."""
    normal = math.sqrt(-2.0 * math.log(1.0 - rng.random())) * math.cos(2.0 * math.pi * rng.random())
    return median * math.exp(sigma * normal)


def between(shortest: float, longest: float, level: float) -> float:
    """The value at a level of 0 to 1 between two, on a logarithmic scale."""
    return shortest * math.exp(level * math.log(longest / shortest))


def pick(weighted: Sequence[tuple[T, float]], rng: Random) -> T:
    """One of the things, by its weight (not necessarily summing to 1)."""
    level = rng.random() * math.fsum(weight for _, weight in weighted)
    for thing, weight in weighted:
        level -= weight
        if level < 0.0:
            return thing
    return weighted[-1][0]
