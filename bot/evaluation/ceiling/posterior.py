"""The ceiling of a simulated case: which change, or none, given exactly what the simulator assumed.

Changes are guilty independently of one another and faults without a change come at a steady rate, so an
incident's posterior weighs each candidate's `guilt x density of its delay x likelihood of the alerts` against
the rate of other faults, integrated over the unknown onset.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.evaluation.ceiling.candidates import Candidates
from bot.evaluation.ceiling.delays import delay_table
from bot.evaluation.ceiling.spread import CELLS, WIDTHS, Explaining, Seen
from bot.evaluation.simulator.changes import GLOBAL
from bot.evaluation.simulator.faults import root_chances
from bot.evaluation.simulator.graph import Graph
from bot.evaluation.simulator.settings import HOUR, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.evaluation.ceiling.candidates import Candidate

SIMULATION: Final = "simulation.json"
"""The file of a case that only the ceiling may open."""
_LONGEST_ROLLOUT: Final = 3 * HOUR


@dataclass(frozen=True, slots=True)
class Best:
    """The ceiling's answer: changes by their probability, best first, and the probability of none."""

    suspects: tuple[tuple[str, float], ...]
    no_change: float


class Ceiling:
    """Ranks the changes of one simulated case as well as can be."""

    def __init__(self, simulation: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> None:
        settings = Settings.from_json(simulation["settings"])
        graph = Graph.from_json(simulation["graph"])
        share = simulation["change_share"]
        self._explaining = Explaining(graph, settings)
        self._density = delay_table(settings)
        self._others = (1.0 - share) / (settings.gap * HOUR)
        self._alert_clocks: Mapping[str, float] = simulation["alert_clocks"]
        roots = root_chances(graph, settings)
        self._roots = {name: math.fsum(of.get(name, 0.0) for of in roots.values()) for name in graph.layers}
        paces = math.fsum(graph.pace.values())
        everywhere = settings.kinds["config"].share * settings.global_share
        self._paces = {name: (1.0 - everywhere) * pace / paces for name, pace in graph.pace.items()}
        self._paces[GLOBAL] = everywhere
        self._changes = Candidates(settings, settings.guilt(share), simulation["change_clocks"], changes)
        self._times = [candidate.time for candidate in self._changes.all]

    def rank(self, onsets: Mapping[str, float], first: float, at: float) -> Best:
        """The answer at a moment.

        `onsets`: each alerting service's first alert; `first`: the first alert of all, named or
        not; `at`: now. All in epoch seconds, as the rows say them.
        """
        true = {name: onset - self._alert_clocks.get(name, 0.0) for name, onset in onsets.items()}
        first = min(true.values(), default=first)
        seen = Seen({name: onset - first for name, onset in true.items()}, max(at - first, 0.0))
        likely = self._likely(seen)
        none = self._others * math.fsum(
            self._roots.get(root, 0.0) * math.fsum(value) for root, value in likely.items()
        )
        unknown = [
            math.fsum(self._paces.get(root, 0.0) * value[cell] for root, value in likely.items())
            for cell in range(len(CELLS))
        ]
        weights: list[tuple[float, str]] = []
        for candidate in self._within(first, at):
            value = unknown if candidate.service is None else likely.get(candidate.service)
            if value is not None:
                weights.append(
                    (candidate.guilt * self._showing(candidate, first, at, value), candidate.change_id)
                )
        total = none + math.fsum(weight for weight, _ in weights)
        ranked = sorted(((weight / total, name) for weight, name in weights if weight), key=_best_first)
        return Best(tuple((name, chance) for chance, name in ranked), none / total)

    def _likely(self, seen: Seen) -> dict[str, list[float]]:
        """For each root that explains the alerts, the likelihood times the width of each cell."""
        strangers = {root: self._explaining.strangers(root, seen) for root in self._roots}
        fewest = min(strangers.values())
        strangers[GLOBAL] = 0
        return {
            root: [a * b for a, b in zip(self._explaining.likelihood(root, seen), WIDTHS, strict=True)]
            for root, many in strangers.items()
            if many <= fewest
        }

    def _within(self, first: float, at: float) -> Iterable[Candidate]:
        low = bisect_left(self._times, first - len(self._density) - _LONGEST_ROLLOUT)
        for candidate in self._changes.all[low : bisect_right(self._times, first)]:
            undone = self._changes.undone.get(candidate.change_id)
            over = undone is not None and undone.time <= first and undone.received <= at
            if candidate.received <= at and not over:
                yield candidate

    def _showing(self, candidate: Candidate, first: float, at: float, value: list[float]) -> float:
        density, longest = self._density, len(self._density)
        total = 0.0
        for begun, share in self._changes.carried(candidate, at):
            since = first - begun
            for before, weight in zip(CELLS, value, strict=True):
                second = int(since - before)
                if 0 <= second < longest and since > before:
                    total += share * weight * density[second]
        return total


def _best_first(one: tuple[float, str]) -> tuple[float, str]:
    return -one[0], one[1]
