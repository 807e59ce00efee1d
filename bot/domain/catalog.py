"""The service catalogue: who depends on whom, who answers for it, and where its dashboards are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

T = TypeVar("T")
_MOST_REMEMBERED: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Service:
    """One service as its owner describes it; `depends_on` names services that it calls."""

    name: str
    title: str = ""
    owner: str = ""
    depends_on: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


class Catalog:
    """The call graph over the services. Unknown names are services without neighbours."""

    def __init__(self, services: Iterable[Service] = ()) -> None:
        self.services: dict[str, Service] = {service.name: service for service in services}
        self._callees = {name: sorted(set(self.services[name].depends_on)) for name in sorted(self.services)}
        self._callers: dict[str, list[str]] = {}
        for name, callees in self._callees.items():
            for callee in callees:
                self._callers.setdefault(callee, []).append(name)
        self._names = frozenset(self.services) | frozenset(self._callers)
        # Distances are asked for at every opening and every ranking; the graph does not change under us.
        self._reach: dict[tuple[str, str], dict[str, int]] = {}
        self._counts: dict[str, tuple[int, ...]] = {}
        self._remembered: dict[Hashable, Any] = {}

    def names(self) -> frozenset[str]:
        """Every service that is described or depended on."""
        return self._names

    def callees(self, service: str) -> Mapping[str, int]:
        """All that `service` depends on, directly or not, with the number of hops; itself at 0."""
        return self._distances("callees", service, self._callees)

    def callers(self, service: str) -> Mapping[str, int]:
        """All that depend on `service`, directly or not, with the number of hops; itself at 0."""
        return self._distances("callers", service, self._callers)

    def direct_callers(self, service: str) -> Collection[str]:
        """Those that call `service` themselves."""
        return self._callers.get(service, ())

    def caller_counts(self, service: str) -> tuple[int, ...]:
        """How many services depend on `service` at each number of hops, from 0 (itself) up."""
        known = self._counts.get(service)
        if known is None:
            hops = list(self.callers(service).values())
            known = tuple(hops.count(far) for far in range(max(hops) + 1))
            self._counts[service] = known
        return known

    def neighbours(self, service: str) -> Mapping[str, int]:
        """All services up or down the graph (never up and then down), with the hops; itself at 0."""
        known = self._reach.get(("neighbours", service))
        if known is None:
            up, down = self.callers(service), self.callees(service)
            known = {name: min(up.get(name, 1 << 30), down.get(name, 1 << 30)) for name in {*up, *down}}
            self._reach[("neighbours", service)] = known
        return known

    def within(self, service: str, hops: int) -> frozenset[str]:
        """The neighbours at no more than `hops`."""
        return frozenset(name for name, far in self.neighbours(service).items() if far <= hops)

    def remember(self, work: Callable[..., T], *about: Hashable) -> T:
        """What `work` finds in this graph about something: worked out once, and kept as long as the graph."""
        key = (work, *about)
        known: T | None = self._remembered.get(key)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = work(self, *about)
        return known

    def _distances(self, direction: str, service: str, graph: Mapping[str, list[str]]) -> Mapping[str, int]:
        known = self._reach.get((direction, service))
        if known is not None:
            return known
        distances = {service: 0}
        frontier = [service]
        while frontier:
            following: list[str] = []
            for name in frontier:
                for other in graph.get(name, ()):
                    if other not in distances:
                        distances[other] = distances[name] + 1
                        following.append(other)
            frontier = following
        self._reach[(direction, service)] = distances
        return distances
