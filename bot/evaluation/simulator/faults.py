"""The faults of a case in order of time: those of guilty changes, and those that no change causes."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.evaluation.simulator.changes import Changing, Made
from bot.evaluation.simulator.draws import exponential, lognormal, pick
from bot.evaluation.simulator.settings import HOUR, LONGEST_DELAY
from bot.evaluation.simulator.spread import Shape, draw_alerting, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from bot.evaluation.simulator.graph import Graph
    from bot.evaluation.simulator.settings import Settings

_LOOKED_BACK: Final = 6 * HOUR
"""How old a change may be to be rolled back by mistake."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `change`: the index of its cause; `first`: the first alert of each service that alerts."""

    onset: float
    root: str
    reason: str
    change: int | None
    silent: bool
    first: Mapping[str, float]
    end: float

    @property
    def seen(self) -> float:
        """The moment of its first alert."""
        return min(self.first.values())


@dataclass(frozen=True, slots=True)
class History:
    """All that truly happened. Times are in seconds from the first possible fault."""

    changes: Sequence[Made]
    faults: Sequence[Fault]


def root_chances(graph: Graph, settings: Settings) -> dict[str, dict[str, float]]:
    """For each reason without a change, the chance of each root; they sum to the reason's share."""
    chances: dict[str, dict[str, float]] = {}
    for reason, row in settings.no_change.items():
        weights = {
            name: row.layers.get(layer, 0.0) * graph.pace[name] for name, layer in graph.layers.items()
        }
        total = math.fsum(weights.values())
        chances[reason] = {name: row.share * weight / total for name, weight in weights.items() if weight}
    return chances


def live(settings: Settings, graph: Graph, share: float, rng: Random) -> History:
    """Play until `settings.incidents` faults have been seen; changes cause `share` of them on average."""
    return _Life(settings, graph, share, rng).history()


class _Life:
    def __init__(self, settings: Settings, graph: Graph, share: float, rng: Random) -> None:
        self._settings, self._graph, self._rng = settings, graph, rng
        many = settings.incidents
        self._until = (many + 5.0 * math.sqrt(many) + 10.0) * settings.gap * HOUR
        self._changing = Changing(settings, graph, share, rng)
        self._made = list(self._changing.stream(-LONGEST_DELAY, self._until))
        self._shapes: dict[str, Shape] = {}
        self._due: list[tuple[float, int, str, str]] = []
        for index, made in enumerate(self._made):
            self._expect(index, made)
        reasons = [
            ((reason, root), chance)
            for reason, roots in root_chances(graph, settings).items()
            for root, chance in roots.items()
        ]
        moment = 0.0
        while (moment := moment + exponential(settings.gap * HOUR / (1.0 - share), rng)) < self._until:
            reason, root = pick(reasons, rng)
            self._due.append((moment, -1, root, reason))
        heapq.heapify(self._due)

    def history(self) -> History:
        faults: list[Fault] = []
        while self._due and len(faults) < self._settings.incidents:
            faults.append(self._happen(*heapq.heappop(self._due)))
        faults.sort(key=lambda fault: fault.seen)
        return self._renumbered(faults, faults[-1].seen + HOUR)

    def _expect(self, index: int, made: Made) -> None:
        if made.shows_at is not None and made.shows_at >= 0.0:
            heapq.heappush(self._due, (made.shows_at, index, made.service, made.kind))

    def _happen(self, onset: float, index: int, root: str, reason: str) -> Fault:
        rng = self._rng
        if root not in self._shapes:
            self._shapes[root] = shape_of(root, self._graph, self._settings)
        silent, lags = draw_alerting(self._shapes[root], self._settings, rng)
        first = {name: onset + lag for name, lag in lags.items()}
        seen = min(first.values())
        end = seen + lognormal(3_000.0, 0.8, rng) + 300.0
        if rng.random() < self._settings.wrongly_rolled_back:
            self._roll_back_wrongly(seen, first)
        if index >= 0 and rng.random() < self._settings.rolled_back:
            mended = seen + lognormal(1_500.0, 0.6, rng) + 300.0
            self._roll_back(mended, index)
            end = mended + rng.uniform(60.0, 600.0)
        return Fault(onset, root, reason, index if index >= 0 else None, silent, first, end)

    def _roll_back(self, moment: float, index: int) -> None:
        made = self._changing.roll_back(moment, self._made[index].service, index)
        self._made.append(made)
        self._expect(len(self._made) - 1, made)

    def _roll_back_wrongly(self, seen: float, first: Mapping[str, float]) -> None:
        """Somebody undoes the latest change of a service that alerts, and it was not the one."""
        moment = seen + lognormal(1_200.0, 0.6, self._rng) + 300.0
        found = [
            (made.time, index)
            for index, made in enumerate(self._made)
            if made.service in first
            and seen - _LOOKED_BACK < made.time < seen
            and made.shows_at is None
            and made.kind != "rollback"
        ]
        if found:
            self._roll_back(moment, max(found)[1])

    def _renumbered(self, faults: list[Fault], end: float) -> History:
        """Changes in order of time, up to the end, and what pointed at their old places."""
        order = sorted(
            (index for index, made in enumerate(self._made) if made.time < end),
            key=lambda index: (self._made[index].time, index),
        )
        place = {old: new for new, old in enumerate(order)}
        changes = [_moved(self._made[old], place) for old in order]
        return History(changes, [_caused(fault, place) for fault in faults])


def _moved(made: Made, place: Mapping[int, int]) -> Made:
    if made.rolls_back is None:
        return made
    return replace(made, rolls_back=place[made.rolls_back])


def _caused(fault: Fault, place: Mapping[int, int]) -> Fault:
    return fault if fault.change is None else replace(fault, change=place[fault.change])
