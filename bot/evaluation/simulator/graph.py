"""The call graph: services in layers that call downward, with a database and a cache that many share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

LAYERS: Final = ("web", "api", "core", "platform", "store")
SHARED: Final = (("shared-db", 0.35), ("shared-cache", 0.4))
"""The shared stores, each with the share of the middle layers that calls it."""
_NEXT_LAYER: Final = 0.8
_SHARES: Final = (0.06, 0.16, 0.44, 0.22, 0.12)
_CALLS: Final = {"web": (2, 5), "api": (1, 4), "core": (1, 3), "platform": (0, 2), "store": (0, 0)}


@dataclass(frozen=True)
class Graph:
    """Services with their layer, edges caller -> callee, and what makes each service particular.

    `pace`: how often it is changed, relative. `ear`: how susceptible it is to faults of what it calls (0 to
    1). `slowness`: a factor on the time until it alerts.
    """

    layers: Mapping[str, str]
    edges: Sequence[tuple[str, str]]
    pace: Mapping[str, float]
    ear: Mapping[str, float]
    slowness: Mapping[str, float]

    @cached_property
    def callers(self) -> Mapping[str, Mapping[str, int]]:
        """For each service all that call it, directly or not, with the hops; itself is not among them."""
        return _distances([(callee, caller) for caller, callee in self.edges], self.layers)

    @cached_property
    def callees(self) -> Mapping[str, Sequence[str]]:
        """What each service calls directly."""
        found: dict[str, list[str]] = {name: [] for name in self.layers}
        for caller, callee in self.edges:
            found[caller].append(callee)
        return found

    def as_json(self) -> dict[str, Any]:
        """The graph as plain JSON, whole."""
        return {
            "layers": dict(self.layers),
            "edges": [list(edge) for edge in self.edges],
            "pace": dict(self.pace),
            "ear": dict(self.ear),
            "slowness": dict(self.slowness),
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Graph:
        """The graph that `as_json` gave."""
        return Graph(**{**row, "edges": [(caller, callee) for caller, callee in row["edges"]]})


def make_graph(services: int, rng: Random) -> Graph:
    """A graph of `services` services (at least 12) in five layers."""
    layers = _name(services)
    by_layer = {layer: [name for name, its in layers.items() if its == layer] for layer in LAYERS}
    edges: set[tuple[str, str]] = set()
    for name, layer in layers.items():
        below = LAYERS[LAYERS.index(layer) + 1 :]
        fewest, most = _CALLS[layer]
        for _ in range(rng.randint(fewest, most)):
            edges.add((name, _callee(by_layer, below, rng)))
    for shared, share in SHARED:
        edges.update(
            (name, shared)
            for layer in ("core", "platform")
            for name in by_layer[layer]
            if rng.random() < share
        )
    called = {callee for _, callee in edges}
    for name, layer in layers.items():
        if name not in called and layer != "web":
            edges.add((rng.choice(by_layer[LAYERS[LAYERS.index(layer) - 1]]), name))
    return Graph(
        layers=layers,
        edges=sorted(edges),
        # A few services are changed all the time and most seldom; stores hardly ever.
        pace={
            name: _round(rng.paretovariate(1.6)) * (0.6 if layers[name] == "store" else 1.0)
            for name in layers
        },
        ear={name: _round(rng.uniform(0.3, 1.0)) for name in layers},
        slowness={name: _round(rng.choice((0.5, 0.8, 1.0, 1.5, 2.5))) for name in layers},
    )


def _name(services: int) -> dict[str, str]:
    names: dict[str, str] = {}
    for layer, share in zip(LAYERS, _SHARES, strict=True):
        many = max(round(share * services), 2)
        if layer == "store":
            many = max(services - len(names), len(SHARED))
            names.update(dict.fromkeys((name for name, _ in SHARED), layer))
            many -= len(SHARED)
        names.update(dict.fromkeys((f"{layer}-{place:03d}" for place in range(1, many + 1)), layer))
    return names


def _callee(by_layer: Mapping[str, list[str]], below: Sequence[str], rng: Random) -> str:
    """Mostly of the next layer, now and then further down."""
    layer = below[0] if len(below) == 1 or rng.random() < _NEXT_LAYER else rng.choice(below[1:])
    return rng.choice(by_layer[layer])


def _distances(edges: Sequence[tuple[str, str]], names: Mapping[str, str]) -> Mapping[str, Mapping[str, int]]:
    following: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        following[start].append(end)
    return {name: _reach(name, following) for name in names}


def _reach(start: str, following: Mapping[str, list[str]]) -> Mapping[str, int]:
    hops = {start: 0}
    frontier = [start]
    while frontier:
        frontier = [new for old in frontier for new in following[old] if _first(new, hops, hops[old] + 1)]
    del hops[start]
    return hops


def _first(name: str, hops: dict[str, int], far: int) -> bool:
    if name in hops:
        return False
    hops[name] = far
    return True


def _round(value: float) -> float:
    return round(value, 4)
