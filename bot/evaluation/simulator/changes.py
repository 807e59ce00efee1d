"""The stream of changes: bursts over the services of a graph, some guilty of a fault that comes later."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.evaluation.simulator.draws import between, erlang, pick

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from bot.evaluation.simulator.graph import Graph
    from bot.evaluation.simulator.settings import Settings

GLOBAL: Final = "global"
"""The service of a change that concerns every service."""
GAPS: Final = ((0.0, 10.0), (0.25, 180.0), (0.5, 1_020.0), (0.9, 40_620.0), (1.0, 259_200.0))
"""Quantiles of the seconds between two changes of one operator; between them the logarithm is linear."""
PAUSES: Final = (300.0, 2_700.0)
"""The range of the seconds between two waves of a rollout."""
_CANARY: Final = 0.05
_SHARES: Final = ((_CANARY, 1.0), (_CANARY, 0.3, 1.0), (_CANARY, 0.25, 0.5, 1.0))
_SAME_AGAIN: Final = 0.25


@dataclass(frozen=True, slots=True)
class Made:
    """One change as it truly was. `waves`: (time, share reached by then) of each step of its rollout.

    `shows_at`: when its fault begins, where it is guilty. `ended`: when a canary was stopped.
    """

    time: float
    kind: str
    service: str
    version: int
    waves: tuple[tuple[float, float], ...] = ()
    stopped: bool = False
    rolls_back: int | None = None
    shows_at: float | None = None


def gap_mean() -> float:
    """The mean of the gaps whose quantiles are `GAPS`, in seconds."""
    return math.fsum(
        (high - low) * (longest - shortest) / math.log(longest / shortest)
        for (low, shortest), (high, longest) in pairwise(GAPS)
    )


def draw_gap(scale: float, rng: Random) -> float:
    """One gap in seconds; `scale` fits the mean to the rate."""
    level = rng.random()
    for (low, shortest), (high, longest) in pairwise(GAPS):
        if level <= high:
            return scale * between(shortest, longest, (level - low) / (high - low))
    raise AssertionError


class Changing:
    """Makes changes one after another, each guilty or not, independently of all others."""

    def __init__(self, settings: Settings, graph: Graph, share: float, rng: Random) -> None:
        self._settings = settings
        self._rng = rng
        self._guilt = settings.guilt(share)
        self._scale = 3_600.0 / settings.rate / gap_mean()
        self._services = [(name, graph.pace[name]) for name in graph.layers]
        self._kinds = [(name, kind.share) for name, kind in settings.kinds.items()]
        self._versions: dict[str, int] = {}

    def stream(self, start: float, end: float) -> Iterator[Made]:
        """The ordinary changes between two moments, in order of time."""
        moment, last = start, ""
        while True:
            gap = draw_gap(self._scale, self._rng)
            moment += gap
            if moment >= end:
                return
            made = self._ordinary(moment, last)
            last = made.service
            yield made

    def roll_back(self, time: float, service: str, undone: int) -> Made:
        """The rollback of a change (its index), which may itself be guilty, as any rollback."""
        return self._guilty_or_not(Made(time, "rollback", service, self._version(service), rolls_back=undone))

    def _ordinary(self, time: float, last: str) -> Made:
        settings, rng = self._settings, self._rng
        kind = pick(self._kinds, rng)
        again = bool(last) and last != GLOBAL and rng.random() < _SAME_AGAIN
        service = last if again else pick(self._services, rng)
        if kind == "config" and rng.random() < settings.global_share:
            service = GLOBAL
        made = Made(time, kind, service, self._version(service))
        if rng.random() < settings.canary_stopped:
            made = replace(made, waves=((time, _CANARY),), stopped=True)
        elif rng.random() < settings.waved:
            made = replace(made, waves=self._waves(time))
        return self._guilty_or_not(made)

    def _waves(self, time: float) -> tuple[tuple[float, float], ...]:
        shares = self._rng.choice(_SHARES)
        pause = self._rng.uniform(*PAUSES)
        return tuple((time + place * pause, share) for place, share in enumerate(shares))

    def _guilty_or_not(self, made: Made) -> Made:
        chance = self._guilt * self._settings.kinds[made.kind].guilt
        if made.stopped:
            chance *= self._settings.canary_guilt
        if self._rng.random() >= chance:
            return made
        begun = pick([(time, share) for time, share in carriers(made.time, made.waves)], self._rng)
        return replace(made, shows_at=begun + draw_delay(self._settings, self._rng))

    def _version(self, service: str) -> int:
        self._versions[service] = self._versions.get(service, 0) + 1
        return self._versions[service]


def carriers(time: float, waves: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The waves that may carry a fault, each with its chance: the share that it newly reaches."""
    if not waves:
        return [(time, 1.0)]
    reached = waves[-1][1]
    before = (0.0, *(share for _, share in waves))
    return [(at, (share - old) / reached) for (at, share), old in zip(waves, before, strict=False)]


def draw_delay(settings: Settings, rng: Random) -> float:
    """The seconds from a wave to the fault that it carries."""
    weight, shortest, longest = settings.late_delay
    level = rng.random() * (weight + math.fsum(part.weight for part in settings.delay))
    for part in settings.delay:
        if level < part.weight:
            return min(erlang(part.stages, part.mean, rng), longest)
        level -= part.weight
    return between(shortest, longest, rng.random())
