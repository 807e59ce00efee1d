"""How likely the alerts seen so far are, if a given service is the root and the fault began at a given time.

The simulator draws alerts independently once root, silence and strength are fixed, so the likelihood is a
finite sum of products: nothing is sampled and nothing is approximated but the integral over the onset.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.evaluation.simulator.alerts import SMALL_APPLICATION
from bot.evaluation.simulator.settings import HOUR
from bot.evaluation.simulator.spread import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.evaluation.simulator.graph import Graph
    from bot.evaluation.simulator.settings import Settings
    from bot.evaluation.simulator.spread import Reached, Shape

_EDGES: Final = (
    0, 1, 2, 4, 7, 11, 17, 26, 39, 58, 87, 130, 195, 292, 438, 657, 1_000, 1_500, 2_300, 3_600,
)  # fmt: skip
CELLS: Final = tuple((low + high) / 2.0 for low, high in pairwise(_EDGES))
"""Seconds by which the onset may lie before the first alert: finer where many alerts pin it down."""
UNIT: Final = 1e-4
"""Alerts a second that count as 1, so that the product over a storm neither vanishes nor overflows."""
WIDTHS: Final = tuple(float(high - low) for low, high in pairwise(_EDGES))


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of one incident: seconds from the first alert to each service's first, and to now."""

    alerting: Mapping[str, float]
    elapsed: float


@dataclass(frozen=True, slots=True)
class _Branch:
    """One way in which a fault shows: with so much weight, through these services, with the root or not."""

    weight: float
    own_lag: float | None
    reached: Mapping[str, Reached]


class Explaining:
    """Explains what is seen by one root after another; remembers what does not depend on the incident."""

    def __init__(self, graph: Graph, settings: Settings) -> None:
        self._graph, self._settings = graph, settings
        self._stray = settings.noise / (SMALL_APPLICATION * HOUR) / UNIT
        self._branches: dict[str, list[_Branch]] = {}
        self._quiet: dict[tuple[str, float], list[list[list[float]]]] = {}

    def strangers(self, root: str, seen: Seen) -> int:
        """How many of the alerting services a fault at `root` cannot reach."""
        reached = self._of(root)[0]
        return sum(name != root and name not in reached.reached for name in seen.alerting)

    def likelihood(self, root: str, seen: Seen) -> list[float]:
        """The density of what is seen for each of `CELLS`."""
        total = [0.0] * len(CELLS)
        quiets = self._quiets(root, seen.elapsed)
        for branch, quiet in zip(self._of(root), quiets, strict=True):
            own = self._own(root, branch, seen)
            if own is None:
                continue
            others = [(name, at) for name, at in seen.alerting.items() if name != root]
            for strength, still in zip(self._settings.strengths, quiet, strict=True):
                alerts = [
                    self._alert(branch.reached.get(name), strength, at, seen.elapsed) for name, at in others
                ]
                for cell in range(len(CELLS)):
                    value = own[cell] * still[cell]
                    for alert in alerts:
                        value *= alert[cell]
                    total[cell] += value
        return total

    def _of(self, root: str) -> list[_Branch]:
        if root not in self._branches:
            self._branches[root] = branches(shape_of(root, self._graph, self._settings), self._settings)
        return self._branches[root]

    def _own(self, root: str, branch: _Branch, seen: Seen) -> list[float] | None:
        """The root's own alert, or its quiet so far, for each cell, with the branch's weight."""
        at = seen.alerting.get(root)
        if branch.own_lag is None:
            return None if at is not None else [branch.weight] * len(CELLS)
        lag = branch.own_lag
        if at is None:
            return [branch.weight * math.exp(-(seen.elapsed + cell) / lag) for cell in CELLS]
        return [branch.weight * math.exp(-(at + cell) / lag) / (lag * UNIT) for cell in CELLS]

    def _alert(self, reached: Reached | None, strength: float, at: float, elapsed: float) -> list[float]:
        """The density of one service's alert against its quiet, for each cell; strays come from anywhere."""
        if reached is None:
            return [self._stray] * len(CELLS)
        chance, lag = reached.factor * strength, reached.lag
        return [
            (chance * math.exp(-(at + cell) / lag) / (lag * UNIT) + self._stray)
            / (1.0 - chance + chance * math.exp(-(elapsed + cell) / lag))
            for cell in CELLS
        ]

    def _quiets(self, root: str, elapsed: float) -> list[list[list[float]]]:
        """For each branch, strength and cell: the chance that nobody but the root has alerted yet."""
        key = (root, elapsed)
        if key not in self._quiet:
            self._quiet[key] = [
                [_still(branch.reached.values(), strength, elapsed) for strength in self._settings.strengths]
                for branch in self._of(root)
            ]
        return self._quiet[key]


def _still(reached: Collection[Reached], strength: float, elapsed: float) -> list[float]:
    still = [1.0] * len(CELLS)
    for one in reached:
        chance = one.factor * strength
        for cell, before in enumerate(CELLS):
            still[cell] *= 1.0 - chance + chance * math.exp(-(elapsed + before) / one.lag)
    return still


def branches(shape: Shape, settings: Settings) -> list[_Branch]:
    """Loud and silent, each with its share of the faults, divided among the strengths."""
    each = 1.0 / len(settings.strengths)
    callers = {reached.service: reached for reached in shape.callers}
    below = {reached.service: reached for reached in shape.below}
    noticed = each / (1.0 - _unseen(shape.callers, settings.strengths)) if callers else each
    if shape.own_lag is None:
        return [_Branch(noticed, None, callers)]
    if not shape.silent_possible:
        return [_Branch(each, shape.own_lag, {**callers, **below})]
    return [
        _Branch(each * (1.0 - settings.silent), shape.own_lag, {**callers, **below}),
        _Branch(noticed * settings.silent, None, callers),
    ]


def _unseen(reached: Sequence[Reached], strengths: Sequence[float]) -> float:
    """The chance that a fault shows nowhere; such a fault is drawn again."""
    return math.fsum(
        math.prod(1.0 - one.factor * strength for one in reached) for strength in strengths
    ) / len(strengths)
