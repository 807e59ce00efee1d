"""One fault as it unfolds, to somebody who knows the simulator's numbers: who alerts next, and when.

A hypothesis is a root and whether it is silent; within it every strength, and every cell of time by which the
fault may have begun before its first alert. Given all that, services alert independently of one another, so
an alert, or quiet, is a factor. Weights and factors lie in a row each, the cells of a strength side by side.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from operator import mul, truediv
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.evaluation.ceiling.spread import branches
from bot.evaluation.simulator.spread import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.evaluation.simulator.graph import Graph
    from bot.evaluation.simulator.settings import Settings

_EDGES: Final = (0.0, 8.0, 25.0, 60.0, 120.0, 220.0, 400.0, 800.0, 1_800.0)
_CELLS: Final = tuple((low + high) / 2.0 for low, high in pairwise(_EDGES))
_WIDTHS: Final = tuple(high - low for low, high in pairwise(_EDGES))
_GRID: Final = (0.0, 10.0, 30.0, 60.0, 100.0, 150.0, 220.0, 320.0, 450.0, 650.0, 1_000.0, 1_600.0, 3_600.0)
"""Seconds since the first alert for which quiet is worked out; the nearest one is taken."""
_MIDDLES: Final = tuple((low + high) / 2.0 for low, high in pairwise(_GRID))
_NEGLIGIBLE: Final = 1e-4
_STRANGE: Final = 1e-9
"""The density, a second, of an alert that a hypothesis cannot explain, where others can."""


class _Hit(NamedTuple):
    """How a fault hits a service: the chance by strength, the same in a row, and the lag of its alert."""

    chances: tuple[float, ...]
    row: list[float]
    lag: float


@dataclass(slots=True)
class _Hypothesis:
    """`levels`: the weight of each strength and cell by the alerts so far, quiet left out.

    `heard`: the same with quiet, and its sum, by the place on the grid, as far as it was asked for.
    """

    root: str
    branch: int
    levels: list[float]
    heard: dict[int, tuple[list[float], float]] = field(default_factory=dict)


@dataclass(slots=True)
class Unfolding:
    """What one fault has shown: `first` is its first alert (seconds), `services` each one's, since then."""

    first: float
    services: dict[str, float] = field(default_factory=dict)
    hypotheses: list[_Hypothesis] = field(default_factory=list)


class Faults:
    """All faults that may happen: `rates` says how often a second, by root (a service, or `GLOBAL`)."""

    def __init__(self, graph: Graph, settings: Settings, rates: Mapping[str, float]) -> None:
        self._strengths, self._rates = settings.strengths, rates
        self._branches = {root: branches(shape_of(root, graph, settings), settings) for root in rates}
        self._begins: dict[str, float] = {}
        self._left: dict[tuple[float, int], list[float]] = {}
        self._hits: dict[tuple[str, int, str], _Hit | None] = {}
        self._unheard: dict[tuple[tuple[float, ...], float, int], list[float]] = {}
        self._still: dict[tuple[str, int, int], list[float]] = {}

    def begin(self, service: str, time: float) -> Unfolding:
        """A fault that shows first at this service."""
        found = Unfolding(time)
        for root, shapes in self._branches.items():
            for branch, shape in enumerate(shapes):
                if service == root or service in shape.reached:
                    cells = [self._rates[root] * shape.weight * width for width in _WIDTHS]
                    found.hypotheses.append(_Hypothesis(root, branch, cells * len(self._strengths)))
        self.add(found, service, time)
        return found

    def add(self, unfolding: Unfolding, service: str, time: float) -> None:
        """The service alerts, as a part of the fault."""
        after = max(time - unfolding.first, 0.0)
        unfolding.services[service] = after
        for one in unfolding.hypotheses:
            one.heard = {}
            hit = self._hit(one, service)
            if hit is None:
                one.levels = list(map(mul, one.levels, repeat(_STRANGE)))
            else:
                alerting = map(mul, map(mul, one.levels, hit.row), self._lasting(hit.lag, after))
                one.levels = list(map(truediv, alerting, repeat(hit.lag)))
        heaviest = [max(one.levels) for one in unfolding.hypotheses]
        least = max(heaviest, default=0.0) * _NEGLIGIBLE
        unfolding.hypotheses = [
            one for one, most in zip(unfolding.hypotheses, heaviest, strict=True) if most > least
        ]

    def begins(self, service: str) -> float:
        """How many faults a second show first at this service."""
        if service not in self._begins:
            self._begins[service] = self.weight(self.begin(service, 0.0), 0.0)
        return self._begins[service]

    def weight(self, unfolding: Unfolding, time: float) -> float:
        """The density of all that has alerted, and has not, by then."""
        return math.fsum(self._heard(one, unfolding, time)[1] for one in unfolding.hypotheses)

    def next_alert(self, unfolding: Unfolding, service: str, time: float) -> tuple[float, float]:
        """The `weight`, and the density, a second, of the same and of one more service alerting just now."""
        after = max(time - unfolding.first, 0.0)
        weight = found = 0.0
        for one in unfolding.hypotheses:
            levels, every = self._heard(one, unfolding, time)
            weight += every
            hit = self._hit(one, service)
            if hit is not None:
                left = self._lasting(hit.lag, after)
                alerting = map(mul, map(mul, levels, hit.row), left)
                found += math.fsum(map(truediv, alerting, _quiet(hit.row, left))) / hit.lag
        return weight, found

    def _hit(self, one: _Hypothesis, service: str) -> _Hit | None:
        """How the fault hits the service; None where that is out of its reach."""
        key = (one.root, one.branch, service)
        if key not in self._hits:
            branch = self._branches[one.root][one.branch]
            if service == one.root:
                chances, lag = (1.0,) * len(self._strengths), branch.own_lag
            else:
                reached = branch.reached.get(service)
                factor, lag = (0.0, None) if reached is None else (reached.factor, reached.lag)
                chances = tuple(factor * strength for strength in self._strengths)
            row = [chance for chance in chances for _ in _CELLS]
            self._hits[key] = None if lag is None else _Hit(chances, row, lag)
        return self._hits[key]

    def _heard(self, one: _Hypothesis, unfolding: Unfolding, time: float) -> tuple[list[float], float]:
        """The levels times the chance that whoever has not alerted by then has not, and their sum."""
        at = bisect_left(_MIDDLES, max(time - unfolding.first, 0.0))
        if at not in one.heard:
            levels = list(map(mul, one.levels, self._silence(one, at)))
            for service in unfolding.services:
                hit = self._hit(one, service)
                if hit is not None:
                    levels = list(map(truediv, levels, self._not_yet(hit, at)))
            one.heard[at] = levels, math.fsum(levels)
        return one.heard[at]

    def _silence(self, one: _Hypothesis, at: int) -> list[float]:
        """The chance that nobody at all has alerted by this place on the grid."""
        key = (one.root, one.branch, at)
        if key not in self._still:
            found = [1.0] * (len(_CELLS) * len(self._strengths))
            for place in dict.fromkeys((*self._branches[one.root][one.branch].reached, one.root)):
                hit = self._hit(one, place)
                if hit is not None:
                    found = list(map(mul, found, self._not_yet(hit, at)))
            self._still[key] = found
        return self._still[key]

    def _not_yet(self, hit: _Hit, at: int) -> list[float]:
        """The chance that who is hit so has not alerted by this place on the grid."""
        key = (hit.chances, hit.lag, at)
        if key not in self._unheard:
            self._unheard[key] = _quiet(hit.row, self._lasting(hit.lag, _GRID[at]))
        return self._unheard[key]

    def _lasting(self, lag: float, after: float) -> list[float]:
        """The share of alerts with this lag that come later than so long after the first."""
        key = (lag, round(after))
        if key not in self._left:
            cells = [math.exp(-(key[1] + cell) / lag) for cell in _CELLS]
            self._left[key] = cells * len(self._strengths)
        return self._left[key]


def _quiet(chances: Sequence[float], left: Sequence[float]) -> list[float]:
    """That who is hit with these chances is quiet, where so much of the alerts is still to come."""
    return [1.0 - chance + chance * still for chance, still in zip(chances, left, strict=True)]
