"""The density of the delay from a wave to its fault, exactly as the simulator draws it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.evaluation.simulator.settings import DelayPart, Settings


def delay_density(settings: Settings, seconds: float) -> float:
    """The density, per second, of a delay; zero before the wave and after the longest delay."""
    return _density(settings.delay, settings.late_delay)(seconds)


def delay_table(settings: Settings) -> Sequence[float]:
    """The density at the middle of every second, up to the longest delay and one zero beyond."""
    return _table(settings.delay, settings.late_delay)


@lru_cache(maxsize=8)  # the cases of an evaluation mostly have the same delays
def _table(parts: tuple[DelayPart, ...], late: tuple[float, float, float]) -> tuple[float, ...]:
    density = _density(parts, late)
    return tuple(density(second + 0.5) for second in range(int(late[2]) + 1))


def _density(parts: tuple[DelayPart, ...], late: tuple[float, float, float]) -> Callable[[float], float]:
    """Erlang parts, and a late one that is even in the logarithm."""
    weight, shortest, longest = late
    span = math.log(longest / shortest)
    total = weight + math.fsum(part.weight for part in parts)
    known: list[tuple[float, float, int, float, float]] = []
    for part in parts:
        pace = part.stages / part.mean
        known.append(
            (part.weight, pace, part.stages - 1, part.stages * math.log(pace), math.lgamma(part.stages))
        )

    def density(seconds: float) -> float:
        if not 0.0 < seconds <= longest:
            return 0.0
        logarithm = math.log(seconds)
        found = math.fsum(
            [
                share * math.exp(begun + further * logarithm - pace * seconds - orders)
                for share, pace, further, begun, orders in known
            ]
        )
        if seconds >= shortest:
            found += weight / (seconds * span)
        return found / total

    return density
