"""The density of the delay from a wave to its fault, exactly as the simulator draws it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.evaluation.simulator.settings import DelayPart, Settings


def delay_density(settings: Settings, seconds: float) -> float:
    """The density, per second, of a delay; zero before the wave and after the longest delay."""
    weight, shortest, longest = settings.late_delay
    if not 0.0 < seconds <= longest:
        return 0.0
    density = math.fsum(part.weight * _erlang(part, seconds) for part in settings.delay)
    if seconds >= shortest:
        density += weight / (seconds * math.log(longest / shortest))
    return density / (weight + math.fsum(part.weight for part in settings.delay))


def delay_table(settings: Settings) -> list[float]:
    """The density at the middle of every second, up to the longest delay and one zero beyond."""
    return [delay_density(settings, second + 0.5) for second in range(int(settings.late_delay[2]) + 1)]


def _erlang(part: DelayPart, seconds: float) -> float:
    pace = part.stages / part.mean
    logarithm = part.stages * math.log(pace) + (part.stages - 1) * math.log(seconds) - pace * seconds
    return math.exp(logarithm - math.lgamma(part.stages))
