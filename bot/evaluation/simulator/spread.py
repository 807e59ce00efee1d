"""How a fault becomes alerts: whom it reaches from its root, and how long each takes to alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.evaluation.simulator.changes import GLOBAL
from bot.evaluation.simulator.draws import exponential

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bot.evaluation.simulator.graph import Graph
    from bot.evaluation.simulator.settings import Settings


@dataclass(frozen=True, slots=True)
class Reached:
    """A service that a fault may reach, with a chance of `factor` times its strength; `lag` in seconds."""

    service: str
    factor: float
    lag: float


@dataclass(frozen=True, slots=True)
class Shape:
    """All that a fault at one root may reach. `own_lag`: of the root itself; None where there is no one root.

    A silent root shows through `callers` alone, one that alerts also through `below`.
    """

    root: str
    own_lag: float | None
    callers: Sequence[Reached]
    below: Sequence[Reached]

    @property
    def silent_possible(self) -> bool:
        """Whether there is somebody else to notice."""
        return self.own_lag is not None and bool(self.callers)


def shape_of(root: str, graph: Graph, settings: Settings) -> Shape:
    """Whom a fault at `root` (a service, or `GLOBAL`) may reach."""
    slow = graph.slowness
    if root == GLOBAL:
        everyone = [
            Reached(name, settings.everywhere * graph.ear[name], settings.everywhere_lag * slow[name])
            for name in graph.layers
        ]
        return Shape(root, None, everyone, ())
    callers = [
        Reached(
            name,
            graph.ear[name] * settings.decay ** (hops - 1),
            (settings.caller_lag + settings.hop_lag * (hops - 1)) * slow[name],
        )
        for name, hops in graph.callers[root].items()
    ]
    below = [Reached(name, settings.below, settings.below_lag * slow[name]) for name in graph.callees[root]]
    return Shape(root, settings.root_lag * slow[root], callers, below)


def draw_alerting(shape: Shape, settings: Settings, rng: Random) -> tuple[bool, dict[str, float]]:
    """Whether the root stays silent, and the seconds from the onset to the first alert of each that alerts.

    A fault that nobody would notice is drawn again: there is no incident without an alert.
    """
    silent = shape.silent_possible and rng.random() < settings.silent
    while True:
        strength = rng.choice(settings.strengths)
        alerting: dict[str, float] = {}
        if shape.own_lag is not None and not silent:
            alerting[shape.root] = exponential(shape.own_lag, rng)
        for reached in (*shape.callers, *(() if silent else shape.below)):
            if rng.random() < reached.factor * strength:
                alerting[reached.service] = exponential(reached.lag, rng)
        if alerting:
            return silent, alerting
