"""One fault as it unfolds, to somebody who knows the simulator's numbers: who alerts next, and when.

A hypothesis is a root and whether it is silent; within it every strength, and every cell of time by which the
fault may have begun before its first alert. Given all that, services alert independently of one another, so
an alert, or quiet, is a factor.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.evaluation.ceiling.spread import branches
from bot.evaluation.simulator.spread import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(slots=True)
class _Hypothesis:
    """`levels`: for each strength, the weight of each cell by the alerts so far, quiet left out.

    `heard`: the same with quiet, and its sum, by the place on the grid, as far as it was asked for.
    """

    root: str
    branch: int
    levels: list[list[float]]
    heard: dict[int, tuple[list[list[float]], float]] = field(default_factory=dict)


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
        self._still: dict[tuple[str, int, int], list[list[float]]] = {}

    def begin(self, service: str, time: float) -> Unfolding:
        """A fault that shows first at this service."""
        found = Unfolding(time)
        for root, shapes in self._branches.items():
            for branch, shape in enumerate(shapes):
                if service == root or service in shape.reached:
                    cells = [self._rates[root] * shape.weight * width for width in _WIDTHS]
                    found.hypotheses.append(_Hypothesis(root, branch, [cells] * len(self._strengths)))
        self.add(found, service, time)
        return found

    def add(self, unfolding: Unfolding, service: str, time: float) -> None:
        """The service alerts, as a part of the fault."""
        after = max(time - unfolding.first, 0.0)
        unfolding.services[service] = after
        for one in unfolding.hypotheses:
            one.heard = {}
            reached = self._reached(one, service)
            if reached is None:
                one.levels = [[cell * _STRANGE for cell in cells] for cells in one.levels]
                continue
            chances, lag = reached
            left = self._lasting(lag, after)
            one.levels = [
                [cell * chance * still / lag for cell, still in zip(cells, left, strict=True)]
                for cells, chance in zip(one.levels, chances, strict=True)
            ]
        heaviest = [max(map(max, one.levels)) for one in unfolding.hypotheses]
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
            reached = self._reached(one, service)
            if reached is None:
                continue
            chances, lag = reached
            left = self._lasting(lag, after)
            for cells, chance in zip(levels, chances, strict=True):
                found += math.fsum(
                    cell * chance * still / lag / (1.0 - chance + chance * still)
                    for cell, still in zip(cells, left, strict=True)
                )
        return weight, found

    def _reached(self, one: _Hypothesis, service: str) -> tuple[list[float], float] | None:
        """By strength the chance that the service alerts, and its lag; None where it is out of reach."""
        branch = self._branches[one.root][one.branch]
        if service == one.root:
            return None if branch.own_lag is None else ([1.0] * len(self._strengths), branch.own_lag)
        reached = branch.reached.get(service)
        if reached is None:
            return None
        return [reached.factor * strength for strength in self._strengths], reached.lag

    def _heard(self, one: _Hypothesis, unfolding: Unfolding, time: float) -> tuple[list[list[float]], float]:
        """The levels times the chance that whoever has not alerted by then has not, and their sum."""
        at = bisect_left(_MIDDLES, max(time - unfolding.first, 0.0))
        if at not in one.heard:
            levels = self._weights(one, unfolding, at)
            one.heard[at] = levels, math.fsum(map(math.fsum, levels))
        return one.heard[at]

    def _weights(self, one: _Hypothesis, unfolding: Unfolding, at: int) -> list[list[float]]:
        """The levels with quiet, at this place on the grid."""
        found = [
            [cell * still for cell, still in zip(cells, quiet, strict=True)]
            for cells, quiet in zip(one.levels, self._quiet(one, at), strict=True)
        ]
        for service in unfolding.services:
            reached = self._reached(one, service)
            if reached is None:
                continue
            left = self._lasting(reached[1], _GRID[at])
            found = [
                [cell / (1.0 - chance + chance * still) for cell, still in zip(cells, left, strict=True)]
                for cells, chance in zip(found, reached[0], strict=True)
            ]
        return found

    def _quiet(self, one: _Hypothesis, at: int) -> list[list[float]]:
        """For each strength and cell, the chance that nobody at all has alerted."""
        key = (one.root, one.branch, at)
        if key not in self._still:
            branch = self._branches[one.root][one.branch]
            places = [*branch.reached, *(() if branch.own_lag is None else (one.root,))]
            found = [[1.0] * len(_CELLS) for _ in self._strengths]
            for chances, lag in filter(None, (self._reached(one, place) for place in places)):
                left = self._lasting(lag, _GRID[at])
                for cells, chance in zip(found, chances, strict=True):
                    for cell, still in enumerate(left):
                        cells[cell] *= 1.0 - chance + chance * still
            self._still[key] = found
        return self._still[key]

    def _lasting(self, lag: float, after: float) -> list[float]:
        """For each cell, the share of alerts with this lag that come later than so long after the first."""
        key = (lag, round(after))
        if key not in self._left:
            self._left[key] = [math.exp(-(key[1] + cell) / lag) for cell in _CELLS]
        return self._left[key]
