"""Which services alert when one of them is broken: the likelihood of what is seen, given the root.

How a fault travels is not known, so two mechanisms are averaged: *reach*, by which each caller is hit with a
chance that falls with its distance, and *cascade*, by which only a caller of somebody who is hit can be hit.
Within each, several strengths are averaged, as some faults take everybody with them and others hardly any.
Now and then services call the root that nobody wrote down.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bot.domain.catalog import Catalog

_FAR: Final = 6
_HALF: Final = 0.5
_FEWEST: Final = 50
"""A catalogue is taken to leave out services where fewer are not known to be related to the root."""
_IMPOSSIBLE: Final = -700.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How a fault shows along the call graph. All but `settling` (seconds) are chances.

    `root`: the broken service itself alerts (about one root in five stays silent, and only its callers
    alert). `strengths`: how strongly a fault reaches callers, as (share, chance per call). `cascade`: the
    share of faults that travel from caller to caller rather than at once; `visible`: a service that such a
    fault hits alerts; `hidden`: times the strength, it skips a service that does not. `callee`: a service
    that the root calls alerts (overload), and `farther`: times that for each further call below. `noise`: an
    unrelated one does. `unmapped`: the catalogue does not know of so many services that call the root, as
    (share, how many). `everywhere`: how a fault of all services at once shows, as (share, chance per
    service); `common`: a fault without a change is such a one. `settling`: the time in which alerts come in;
    quiet counts as far as it has passed.
    """

    root: float = 0.82
    strengths: tuple[tuple[float, float], ...] = ((0.15, 0.05), (0.25, 0.2), (0.3, 0.5), (0.3, 0.8))
    cascade: float = 0.5
    visible: float = 0.9
    hidden: float = 0.3
    callee: float = 0.04
    farther: float = 0.25
    noise: float = 0.002
    everywhere: tuple[tuple[float, float], ...] = ((0.4, 0.03), (0.4, 0.15), (0.2, 0.5))
    common: float = 0.01
    unmapped: tuple[tuple[float, float], ...] = ((0.02, 1.0), (0.02, 4.0), (0.02, 12.0))
    settling: float = 180.0


class Sighting:
    """The alerting services at one moment, ready to be explained by one root after another.

    `unnamed`: whether alerts that name no service are among what is seen; the root's own may be one of them.
    """

    def __init__(
        self,
        alerting: Collection[str],
        elapsed: float,
        catalog: Catalog,
        spread: Spread,
        *,
        unnamed: bool = False,
    ) -> None:
        self._alerting = frozenset(alerting)
        self._catalog = catalog
        self._spread = spread
        self._known = len(catalog.names())
        self._strangers: dict[tuple[int, int], float] = {}
        self._passed = passed = 1.0 - math.exp(-max(elapsed, 0.0) / spread.settling)
        noise = spread.noise
        falls = (spread.callee * spread.farther**further for further in range(_FAR))
        self._below = [0.0, *(math.log(max(chance, noise) / noise) for chance in falls)]
        self._root_alerts = math.log(spread.root / noise)
        self._root_quiet = math.log(1.0 - spread.root * passed * (_HALF if unnamed else 1.0))
        reach = math.log(1.0 - spread.cascade) if spread.cascade < 1 else _IMPOSSIBLE
        cascade = math.log(spread.cascade) if spread.cascade > 0 else _IMPOSSIBLE
        # For each strength, the ratios of a caller that alerts and of one that is quiet: by its hops, and by
        # the number of services that it calls and that are hit.
        by_hops, by_calls = _odds(spread)
        self._by_hops = [_strength(odds, reach, passed) for odds in by_hops]
        self._by_calls = [_strength(odds, cascade, passed) for odds in by_calls]

    def log_likelihood(self, root: str) -> float:
        """Of what alerts and what is quiet, against nothing but noise."""
        if not self._alerting:
            return 0.0
        return self._likely(root, *self._said(self._catalog.remember(_heard, self._alerting, root)))

    def log_likelihoods(self, roots: frozenset[str]) -> dict[str, float]:
        """The same for each of the roots, in the order of their names."""
        if not self._alerting:
            return dict.fromkeys(sorted(roots), 0.0)
        views = _views(self._catalog, self._alerting, roots)
        said = [self._said(heard) for heard in views.heard]
        return {root: self._likely(root, *said[place]) for root, place in views.places}

    def _likely(self, root: str, below: float, callers: float) -> float:
        alone = self._root_alerts if root in self._alerting else self._root_quiet
        return alone + below + callers

    def _said(self, heard: _Heard) -> tuple[float, float]:
        """What the services below a root say, and what its callers say."""
        below = math.fsum([self._below[hops] for hops in heard.below]) if heard.below else 0.0
        by_hops, by_calls = _weigh(self._by_hops, heard.by_hops), _weigh(self._by_calls, heard.by_calls)
        return below + self._unmapped(*heard.strangers), log_sum_exp(by_hops + by_calls)

    def _unmapped(self, loud: int, related: int) -> float:
        """What so many alerting services say that no known call relates to the root: some may call it."""
        said = self._strangers.get((loud, related))
        if said is None:
            others = max(self._known - related, loud, _FEWEST)
            said = self._strangers[loud, related] = self._any_of(others, loud, others - loud)
        return said

    def _any_of(self, others: int, loud: int, quiet: int) -> float:
        spread = self._spread
        noise, passed = spread.noise, self._passed
        parts = [math.log(1.0 - math.fsum(share for share, _ in spread.unmapped))]
        for share, many in spread.unmapped:
            chance = max(many / others, noise)
            silence = math.log(1.0 - (chance - noise) * passed)
            parts.append(math.log(share) + loud * math.log(chance / noise) + quiet * silence)
        return log_sum_exp(parts)

    def everywhere(self, services: int) -> float:
        """The likelihood of what is seen, of so many services, if all of them are hit at once."""
        loud = len(self._alerting)
        quiet = max(services - loud, 0)
        noise, passed = self._spread.noise, self._passed
        return log_sum_exp(
            math.log(share) + loud * math.log(p / noise) + quiet * math.log(1.0 - p * passed)
            for share, p in self._spread.everywhere
        )


class _Heard(NamedTuple):
    """What alerts and what is quiet, seen from one root.

    `below`: the hops to each service that alerts and that the root depends on. `by_hops`: of its callers how
    many alert and how many are quiet, as (hops, loud, quiet); those far away count as quiet noise.
    `by_calls`: the same by how many services each of them calls that are hit, as far as can be seen.
    `strangers`: how many alert that are neither, and how many services are one of these or the root.
    """

    below: tuple[int, ...]
    by_hops: tuple[tuple[int, int, int], ...]
    by_calls: tuple[tuple[int, int, int], ...]
    strangers: tuple[int, int]


class _Views(NamedTuple):
    """What is heard from each of the roots: `places` in `heard`, as from many of them it is the same."""

    heard: tuple[_Heard, ...]
    places: tuple[tuple[str, int], ...]


# An incident is ranked again and again while no further service alerts.
@lru_cache(maxsize=256)
def _views(catalog: Catalog, alerting: frozenset[str], roots: frozenset[str]) -> _Views:
    found: dict[_Heard, int] = {}
    places = [(root, found.setdefault(_heard(catalog, alerting, root), len(found))) for root in sorted(roots)]
    return _Views(tuple(found), tuple(places))


def _heard(catalog: Catalog, alerting: frozenset[str], root: str) -> _Heard:
    callers, callees = catalog.callers(root), catalog.callees(root)
    below = tuple(min(callees[one], _FAR) for one in _among(alerting, callees) if one not in callers)
    calling = [one for one in _among(alerting, callers) if one != root]
    calls = hit_calls(catalog, alerting, root, calling)
    by_hops, by_calls = _heard_by_hops(catalog, root, calling), _heard_by_calls(root, calling, calls)
    loud = len(alerting) - len(below) - len(calling) - (root in alerting)
    return _Heard(below, by_hops, by_calls, (loud, len(callers.keys() | callees.keys())))


def _among(alerting: Collection[str], services: Mapping[str, int]) -> Collection[str]:
    """Those of them that alert. In a storm hundreds do, and a service has a few neighbours."""
    if len(services) < len(alerting):
        return [one for one in services if one in alerting]
    return [one for one in alerting if one in services]


def _heard_by_hops(catalog: Catalog, root: str, calling: Iterable[str]) -> tuple[tuple[int, int, int], ...]:
    callers = catalog.callers(root)
    loud, quiet = [0] * (_FAR + 1), [0] * (_FAR + 1)
    for hops, total in enumerate(catalog.caller_counts(root)[: _FAR + 1]):
        quiet[hops] = total if hops else 0
    for one in calling:
        hops = min(callers[one], _FAR)
        loud[hops] += 1
        quiet[hops] = max(quiet[hops] - 1, 0)
    return _places(loud, quiet)


def _heard_by_calls(
    root: str, calling: Iterable[str], calls: dict[str, int]
) -> tuple[tuple[int, int, int], ...]:
    """`calls` is used up."""
    loud, quiet = [0] * (_FAR + 1), [0] * (_FAR + 1)
    for one in calling:
        loud[min(calls.pop(one, 0), _FAR)] += 1
    calls.pop(root, None)
    for many in calls.values():
        quiet[min(many, _FAR)] += 1
    return _places(loud, quiet)


def hit_calls(
    catalog: Catalog, alerting: frozenset[str], root: str, calling: Collection[str]
) -> dict[str, int]:
    """How many services each one calls that are hit: the root, and of the alerting ones those that call it.

    Where that is most of them, what all alerting ones would give is known, and the others are taken away.
    """
    found: dict[str, int] = {}
    if 2 * len(calling) <= len(alerting):
        for hit in (root, *calling):
            for caller in catalog.direct_callers(hit):
                found[caller] = found.get(caller, 0) + 1
        return found
    found.update(_calls_of(catalog, alerting))
    for other in alerting.difference(calling, (root,)):
        for caller in catalog.direct_callers(other):
            found[caller] -= 1
    if root not in alerting:
        for caller in catalog.direct_callers(root):
            found[caller] = found.get(caller, 0) + 1
    return {caller: many for caller, many in found.items() if many}


# The roots of one ranking all ask it, one after another.
@lru_cache(maxsize=16)
def _calls_of(catalog: Catalog, services: frozenset[str]) -> Mapping[str, int]:
    """How many of these services each one calls."""
    return Counter(caller for service in services for caller in catalog.direct_callers(service))


def _places(loud: Iterable[int], quiet: Iterable[int]) -> tuple[tuple[int, int, int], ...]:
    """Those at which there is anybody."""
    return tuple(
        (place, many, silent)
        for place, (many, silent) in enumerate(zip(loud, quiet, strict=True))
        if many or silent
    )


@dataclass(frozen=True, slots=True)
class _Odds:
    """One strength of a fault, by place: the ratio of a caller that alerts, and by how much more it would."""

    share: float
    up: tuple[float, ...]
    above: tuple[float, ...]


@lru_cache(maxsize=64)
def _odds(spread: Spread) -> tuple[tuple[_Odds, ...], tuple[_Odds, ...]]:
    """Each strength by hops and by calls: what does not depend on what is seen."""

    def odds(share: float, chances: Iterable[float]) -> _Odds:
        likely = [max(chance, spread.noise) for chance in chances]
        return _Odds(
            math.log(share),
            tuple(math.log(chance / spread.noise) for chance in likely),
            tuple(chance - spread.noise for chance in likely),
        )

    near, many = range(_FAR + 1), range(1, _FAR + 1)
    return (
        tuple(odds(share, (p**hops for hops in near)) for share, p in spread.strengths),
        tuple(
            odds(share, (p * spread.hidden, *(spread.visible * (1.0 - (1.0 - p) ** calls) for calls in many)))
            for share, p in spread.strengths
        ),
    )


class _Strength(NamedTuple):
    """One strength of a fault by one mechanism: the logarithm of their shares, and the ratios by place.

    `up` of a caller that alerts, `down` of one that is quiet.
    """

    share: float
    up: tuple[float, ...]
    down: list[float]


def _strength(odds: _Odds, mechanism: float, passed: float) -> _Strength:
    log = math.log
    down = [log(1.0 - min(above * passed, 0.999)) for above in odds.above]
    return _Strength(mechanism + odds.share, odds.up, down)


def _weigh(strengths: Iterable[_Strength], heard: Iterable[tuple[int, int, int]]) -> list[float]:
    """The logarithm of each strength's share of the likelihood."""
    sums = []
    for share, up, down in strengths:
        value = share
        for place, many, silent in heard:
            value += many * up[place] + silent * down[place]
        sums.append(value)
    return sums


def log_sum_exp(values: Iterable[float]) -> float:
    """The logarithm of the sum of exponentials, without overflow."""
    every = list(values)
    top, exp = max(every), math.exp
    # An exact sum, as the order of what is summed must not show.
    return top + math.log(math.fsum([exp(value - top) for value in every]))
