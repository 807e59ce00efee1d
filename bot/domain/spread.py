"""Which services alert when one of them is broken: the likelihood of what is seen, given the root."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bot.domain.catalog import Catalog

_FAR: Final = 6
_IMPOSSIBLE: Final = -700.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How a fault shows along the call graph.

    `root`: the chance that the broken service itself alerts (about one root in five stays silent, and only
    its callers alert). `strengths`: how strongly a fault reaches callers, as (share, chance per call): some
    faults take everybody with them and others hardly anybody, so quiet callers of a popular service are weak
    evidence together. `callee`: the chance that a service below the root alerts (overload). `noise`: that an
    unrelated one does. `settling`: seconds in which alerts come in; quiet counts as far as they have passed.
    """

    root: float = 0.82
    strengths: tuple[tuple[float, float], ...] = ((0.15, 0.05), (0.25, 0.2), (0.3, 0.5), (0.3, 0.8))
    callee: float = 0.04
    noise: float = 0.02
    settling: float = 180.0


class Sighting:
    """The alerting services at one moment, ready to be explained by one root after another."""

    def __init__(self, alerting: Collection[str], elapsed: float, catalog: Catalog, spread: Spread) -> None:
        self._alerting = tuple(sorted(alerting))
        self._catalog = catalog
        self._below = math.log(spread.callee / spread.noise)
        passed = 1.0 - math.exp(-max(elapsed, 0.0) / spread.settling)
        self._root_alerts = math.log(spread.root / spread.noise)
        self._root_quiet = math.log(1.0 - spread.root * passed)
        self._strengths: list[tuple[float, list[float], list[float]]] = []
        for share, chance in spread.strengths:
            reached = [max(chance**hops, spread.noise) for hops in range(_FAR + 1)]
            self._strengths.append(
                (
                    math.log(share),
                    [math.log(p / spread.noise) for p in reached],
                    [math.log(1.0 - (p - spread.noise) * passed) for p in reached],
                )
            )

    def log_likelihood(self, root: str) -> float:
        """Of what alerts and what is quiet, against nothing but noise."""
        if not self._alerting:
            return 0.0
        callers = self._catalog.callers(root)
        callees = self._catalog.callees(root)
        alone = self._root_alerts if root in self._alerting else self._root_quiet
        loud = [0] * (_FAR + 1)
        for service in self._alerting:
            hops = callers.get(service)
            if hops is None:
                alone += self._below if service in callees else 0.0
            elif 0 < hops <= _FAR:
                loud[hops] += 1
        counted = self._catalog.caller_counts(root)[: _FAR + 1]
        heard = [
            (hops, loud[hops], total - loud[hops]) for hops, total in enumerate(counted) if hops and total
        ]
        total = 0.0
        for share, up, quiet in self._strengths:
            value = share
            for hops, many, silent in heard:
                value += many * up[hops] + silent * quiet[hops]
            total += math.exp(value)
        return alone + (math.log(total) if total else _IMPOSSIBLE)


def log_sum_exp(values: Iterable[float]) -> float:
    """The logarithm of the sum of exponentials, without overflow."""
    every = list(values)
    top = max(every)
    return top + math.log(sum(math.exp(value - top) for value in every))
