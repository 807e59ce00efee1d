"""The alerts of faults and of nothing: several names a service, flapping, each with its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.evaluation.simulator.draws import exponential
from bot.evaluation.simulator.settings import HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bot.evaluation.simulator.faults import History
    from bot.evaluation.simulator.graph import Graph
    from bot.evaluation.simulator.settings import Settings

NAMES: Final = (
    ("LatencyHigh", "latency", 0.2),
    ("ErrorRateHigh", "error_rate", 0.01),
    ("AvailabilityLow", "availability", 100.0),
    ("SaturationHigh", "saturation", 0.5),
    ("QueueGrowing", "queue", 20.0),
    ("RestartsHigh", "restarts", 0.0),
)
"""Each alert's name, its metric and what that metric normally is."""
_MORE: Final = (1, 2, 2, 3, 3)
SMALL_APPLICATION: Final = 40
"""Services of one application, for the rate of noise."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One alert that fires from `time` to `end` (seconds); `fault` is its fault's index, None for noise."""

    time: float
    end: float
    service: str
    name: int
    fault: int | None


def fire(history: History, graph: Graph, settings: Settings, rng: Random) -> list[Firing]:
    """Every firing of the case, in order of time; no two of one name and service overlap."""
    until = max(fault.end for fault in history.faults)
    wanted = [
        _Wanted(time, service, index, fault.end)
        for index, fault in enumerate(history.faults)
        for service, time in fault.first.items()
    ]
    pause = HOUR * SMALL_APPLICATION / (settings.noise * len(graph.layers)) if settings.noise else None
    names = list(graph.layers)
    moment = 0.0
    while pause is not None and (moment := moment + exponential(pause, rng)) < until:
        wanted.append(_Wanted(moment, rng.choice(names), None, moment + 240.0 + exponential(240.0, rng)))
    wanted.sort(key=lambda one: (one.time, one.service))
    board = _Board(settings, rng)
    for one in wanted:
        board.alert(one)
    return sorted(board.fired, key=lambda firing: (firing.time, firing.service, firing.name))


@dataclass(frozen=True, slots=True)
class _Wanted:
    time: float
    service: str
    fault: int | None
    end: float


class _Board:
    """Which names of which service are taken until when: an alert that fires does not fire again."""

    def __init__(self, settings: Settings, rng: Random) -> None:
        self._settings, self._rng = settings, rng
        self._busy: dict[tuple[str, int], float] = {}
        self.fired: list[Firing] = []

    def alert(self, wanted: _Wanted) -> None:
        """Let the service alert: at once under one name, for a fault soon under more."""
        many = 1 if wanted.fault is None else self._rng.choice(_MORE)
        time = wanted.time
        for name in self._free(wanted)[:many]:
            end = max(wanted.end, time + 60.0) + self._rng.uniform(0.0, 120.0)
            self._busy[wanted.service, name] = end
            self.fired.extend(self._flaps(Firing(time, end, wanted.service, name, wanted.fault)))
            time += exponential(90.0, self._rng)

    def _free(self, wanted: _Wanted) -> list[int]:
        """The names that the service can fire, in random order; where all are taken, those that end first."""
        order = list(range(len(NAMES)))
        self._rng.shuffle(order)
        free = [name for name in order if self._busy.get((wanted.service, name), -1e9) < wanted.time]
        return free or [min(order, key=lambda name: self._busy[wanted.service, name])]

    def _flaps(self, whole: Firing) -> Sequence[Firing]:
        """The firing as it is, or cut by pauses in which it seems well."""
        if self._rng.random() >= self._settings.flapping:
            return (whole,)
        parts: list[Firing] = []
        time = whole.time
        while True:
            end = time + 120.0 + exponential(480.0, self._rng)
            again = end + 60.0 + exponential(180.0, self._rng)
            if again >= whole.end:
                return (*parts, Firing(time, whole.end, whole.service, whole.name, whole.fault))
            parts.append(Firing(time, end, whole.service, whole.name, whole.fault))
            time = again
