"""Whether an alert belongs to an open incident: how likely it is there, against trouble of its own.

An incident is a fault with an unknown root. Each service that could be the root is weighed by what alerts and
what is quiet among those that depend on it; from that follows how likely it is that the alert's service is
hit too, and the time since the incident opened says how likely it would show just now. An incident of a
single alert may be of the many that nothing follows. Set against it is the rate at which services get into
trouble that has nothing to do with the incident.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.incident import Reason
from bot.domain.spans import span
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bot.domain.catalog import Catalog

_FAR: Final = 6
_SURE: Final = 1_000
_FEWEST: Final = 50
"""A catalogue of fewer services is taken to leave some out."""
MOST_KIN: Final = 200
"""So many services are looked at for an incident to join, the nearest first."""
_ABOUT: Final = "this incident is about"
_NO_SERVICE: Final = "the alert names no service"
_NO_SERVICE_FIRST: Final = "the incident's first alerts name no service"
_MOST_WEIGHED: Final = 12
"""Of an incident of many services as many are weighed, the first ones: they tell the root best."""


@dataclass(frozen=True, slots=True)
class Lag:
    """When a fault's alerts come after its first: exponential parts, each a share and a mean in seconds."""

    parts: tuple[tuple[float, float], ...]

    def density(self, seconds: float) -> float:
        """The density, per second, of an alert coming so long after the first one."""
        late = max(seconds, 0.0)
        return math.fsum(share / mean * math.exp(-late / mean) for share, mean in self.parts)

    def mean_density(self, seconds: float) -> float:
        """The same, averaged over all of the time until then."""
        if seconds <= 0:
            return self.density(0.0)
        return math.fsum(share * -math.expm1(-seconds / mean) for share, mean in self.parts) / seconds


@dataclass(frozen=True, slots=True)
class Joining:
    """What is assumed about how faults spread, in time and along calls; heavy-tailed guesses, not fitted.

    `own`: trouble of its own comes to a service once in so many seconds. `root`: a broken service alerts
    itself. `strengths`: how strongly a fault reaches callers, as (share, chance for a direct caller), and
    `further` what is left of that at each further call. `below`: a service
    that the root calls alerts. `noise`: a service alerts by chance while an incident is young. `again`: a
    service that alerts already does so under another name. `alone`: an alert is one that nothing follows.
    `expected`: how many further alerts come in a fault, for alerts that name no service, and `refiring`:
    so many seconds pass until one that is known fires again, for them too. `lag` is that of services which
    are new to the incident, `lag_again` that of further alerts of the same service. `settling`: the seconds
    in which quiet becomes evidence. `returns`: an alert that ended was not over yet, and `lag_back`
    after what pause it fires again. `lasting`: where nobody tells, half of the faults are over after so many
    seconds.
    """

    own: float = 3.5 * 86_400.0
    root: float = 0.8
    strengths: tuple[tuple[float, float], ...] = ((0.25, 0.1), (0.25, 0.25), (0.25, 0.5), (0.25, 0.8))
    further: float = 0.6
    below: float = 0.05
    noise: float = 0.002
    again: float = 0.5
    alone: float = 0.5
    expected: float = 4.0
    refiring: float = 2 * 3_600.0
    lag: Lag = Lag(((0.8, 150.0), (0.2, 600.0)))
    lag_again: Lag = Lag(((0.85, 200.0), (0.15, 500.0)))
    returns: float = 0.15
    lag_back: Lag = Lag(((0.7, 180.0), (0.3, 900.0)))
    settling: float = 180.0
    lasting: float = 3_600.0

    def still(self, seconds: float) -> float:
        """The chance that a fault still goes on so long after it was heard of."""
        return 1.0 / (1.0 + (max(seconds, 0.0) / self.lasting) ** 2)


DEFAULT_JOINING: Final = Joining()


@dataclass(frozen=True, slots=True)
class Standing:
    """An incident as it stands: what it is about, the seconds since it opened, its different alerts."""

    services: Collection[str]
    seconds: float
    alerts: int

    def unlikely_alone(self, joining: Joining) -> float:
        """The chance that its fault shows more than once: certain when it has."""
        return 1.0 if self.alerts > 1 else 1.0 - joining.alone


def kin(catalog: Catalog, service: str, hops: int) -> tuple[str, ...]:
    """The services that one fault may hit together with this one, itself first; `unknown` is always one.

    Those up or down the calls, and those that depend on something that this one depends on, each at most
    `hops` calls from what they share; the nearest first, at most `MOST_KIN`.
    """
    return catalog.remember(_kin, service, hops)


def _kin(catalog: Catalog, service: str, hops: int) -> tuple[str, ...]:
    if service == UNKNOWN:
        return UNKNOWN, *sorted(catalog.names())[:MOST_KIN]
    found = {UNKNOWN: 1 << 31}
    for root, down in catalog.callees(service).items():
        if down <= hops:
            for caller, up in catalog.callers(root).items():
                if up <= hops:
                    found[caller] = min(down + up, found.get(caller, 1 << 30))
    for caller, up in catalog.callers(service).items():
        if up <= hops:
            found[caller] = min(up, found.get(caller, 1 << 30))
    nearest = sorted(found, key=lambda name: (found[name], name))
    return (*nearest[:MOST_KIN], UNKNOWN) if len(nearest) > MOST_KIN else tuple(nearest)


def odds(service: str, standing: Standing, catalog: Catalog, joining: Joining = DEFAULT_JOINING) -> float:
    """How many times likelier the alert is as a part of the incident than as trouble of its own."""
    if service == UNKNOWN or all(one == UNKNOWN for one in standing.services):
        return _nameless_odds(standing, catalog, joining)
    if service in standing.services:
        return again_odds(service, standing, catalog, joining)
    chance = hit_chance(service, standing, catalog, joining)
    return chance * joining.lag.density(standing.seconds) * joining.own


def again_odds(
    service: str, standing: Standing, catalog: Catalog, joining: Joining = DEFAULT_JOINING
) -> float:
    """The same for an alert of a service or group that the incident is about already."""
    if service == UNKNOWN:
        return _nameless_odds(standing, catalog, joining)
    chance = joining.again * standing.unlikely_alone(joining)
    return chance * joining.lag_again.density(standing.seconds) * joining.own


def return_odds(pause: float, joining: Joining = DEFAULT_JOINING) -> float:
    """The same for an alert of the incident that fires again so many seconds after it ended."""
    return joining.returns * joining.lag_back.density(pause) * joining.own


def unended_odds(seconds: float, joining: Joining = DEFAULT_JOINING) -> float:
    """The same for one that fires anew so many seconds after it was heard of, and nobody told its end.

    It ended in between, at any moment alike.
    """
    density = joining.lag_back.mean_density(seconds) * joining.still(seconds)
    return joining.returns * density * joining.own


def _nameless_odds(standing: Standing, catalog: Catalog, joining: Joining) -> float:
    """Where no service is named, only time and the number of services and alerts speak."""
    rate = joining.expected * standing.unlikely_alone(joining) * joining.lag.density(standing.seconds)
    if standing.alerts > 1:
        rate += standing.alerts / joining.refiring * joining.still(standing.seconds)
    return rate * joining.own / max(len(catalog.names()), _FEWEST)


def hit_chance(service: str, standing: Standing, catalog: Catalog, joining: Joining) -> float:
    """The chance that the incident's fault makes this service alert, too, over every root it could have."""
    seen = tuple(islice((one for one in standing.services if one != UNKNOWN), _MOST_WEIGHED))
    passed = 1.0 - math.exp(-max(standing.seconds, 0.0) / joining.settling)
    # Against a fault that shows further stands, as often as at first, one that never does, however quiet.
    alone = 0.0 if standing.alerts > 1 else joining.alone / (1.0 - joining.alone)
    # For each strength its share, the chance by place, and that of one quiet caller by hops.
    hops = range(1, _FAR + 1)
    strengths = [
        (
            share,
            _chances(strength, joining),
            [1.0 - strength * joining.further ** (far - 1) * passed for far in hops],
        )
        for share, strength in joining.strengths
    ]
    total = hit = 0.0
    for root in _roots(seen, catalog):
        callers, callees = catalog.callers(root), catalog.callees(root)
        heard = [_place(one, callers, callees) for one in seen]
        place = _place(service, callers, callees)
        quiet = list(catalog.caller_counts(root)[: _FAR + 1])
        for one in (*heard, place):
            if one is not None and 0 < one < len(quiet):
                quiet[one] -= 1
        for share, chances, silences in strengths:
            weight = share
            for one in heard:
                weight *= chances[one]
            total += alone * weight
            if root not in seen and root != service:
                weight *= 1.0 - joining.root * passed
            for silence, many in zip(silences, quiet[1:], strict=False):
                if many:
                    weight *= silence**many
            total += weight
            if place is not None:
                hit += weight * chances[place]
    return hit / total if total else 0.0


_BELOW: Final = -1


def _place(one: str, callers: Mapping[str, int], callees: Mapping[str, int]) -> int | None:
    """Where a service stands to a root: hops above it (0: itself), below it, or nowhere near (None)."""
    hops = callers.get(one)
    if hops is not None:
        return hops
    return _BELOW if one in callees else None


class _Chances(dict["int | None", float]):
    """The chance that a service alerts, by its place, where a fault has this strength."""

    def __init__(self, strength: float, joining: Joining) -> None:
        super().__init__({None: joining.noise, _BELOW: joining.below, 0: joining.root})
        self._strength = strength
        self._joining = joining

    def __missing__(self, hops: int) -> float:
        chance = max(self._strength * self._joining.further ** (hops - 1), self._joining.noise)
        self[hops] = chance
        return chance


@lru_cache(maxsize=64)
def _chances(strength: float, joining: Joining) -> _Chances:
    return _Chances(strength, joining)


def _roots(seen: Iterable[str], catalog: Catalog) -> list[str]:
    """Every service that could be the root of some: themselves, what they depend on, who calls them."""
    found: dict[str, None] = {}
    for one in seen:
        found |= dict.fromkeys(name for name, hops in catalog.callees(one).items() if hops <= _FAR)
        found |= dict.fromkeys(name for name, hops in catalog.callers(one).items() if hops == 1)
    return list(found)


def join_reason(
    service: str, services: Collection[str], times: float, seconds: float, catalog: Catalog
) -> Reason | None:
    """Why the alert joins the incident: for its service, for a related one, or for its time alone.

    None where both name services, and no calls relate those.
    """
    name, where = _relation(service, services, catalog)
    if not where:
        return None
    how = f"{times:.0f} times likelier" if times < _SURE else f"more than {_SURE} times likelier"
    text = f"{where}; {span(seconds)} after it opened, this is {how} than trouble of its own."
    return Reason(name, text)


def is_join_reason(name: str, service: str, text: str) -> bool:
    """Whether a sentence is what `join_reason` says of an alert of this service, under this name."""
    named = one_line(service)
    begins: tuple[str, ...] = {
        "same_service": (f"{_ABOUT} {named} ",),
        "topology": (f"{named} is ", f"{named} and "),
        "time": (_NO_SERVICE, _NO_SERVICE_FIRST),
    }.get(name, ())
    return text.startswith(begins)


def _relation(service: str, services: Collection[str], catalog: Catalog) -> tuple[str, str]:
    """How the service stands to what the incident is about: as a name, and in words."""
    if service == UNKNOWN:
        return "time", _NO_SERVICE
    if service in services:
        return "same_service", f"{_ABOUT} {one_line(service)} already"
    related = _by_calls(service, services, catalog)
    if not related and UNKNOWN in services:
        return "time", _NO_SERVICE_FIRST
    return "topology", related


def _by_calls(service: str, services: Collection[str], catalog: Catalog) -> str:
    """How calls lead from the service to the nearest one that the incident is about; empty where none do."""
    neighbours = catalog.neighbours(service)
    near = min(((neighbours[one], one) for one in services if one in neighbours), default=None)
    if near is not None:
        calls = f"{near[0]} call{'s' if near[0] > 1 else ''}"
        return f"{one_line(service)} is {calls} from {one_line(near[1])}, which this incident is about"
    below = catalog.callees(service)
    shared = min(
        (
            (hops + catalog.callees(one)[name], name, one)
            for name, hops in below.items()
            for one in services
            if name in catalog.callees(one)
        ),
        default=None,
    )
    if shared is None:
        return ""
    _, name, one = shared
    both = f"{one_line(service)} and {one_line(one)}, which this incident is about,"
    return f"{both} depend on {one_line(name)}"
