"""Simple ways to name the guilty change, to be beaten: each gives every candidate a score.

They are what an engineer would try first, and what the literature reports; none of them knows "no change", so
its best score stands for how sure it is that a change was it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import nlargest
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, Final

from bot.domain.change import EVERYWHERE, ChangeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.evaluation.sight import Candidate, Sight

_TIER: Final = 100.0
"""More than recency can ever make up for."""
_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0
_HALF_LIVES: Final[Mapping[ChangeKind, float]] = {
    ChangeKind.FEATURE_FLAG: 15 * _MINUTE,
    ChangeKind.INFRA: 60 * _MINUTE,
}
_HALF_LIFE: Final = 30 * _MINUTE
_TAIL: Final = 0.1
_TYPES: Final[Mapping[ChangeKind, float]] = {
    ChangeKind.DEPLOY: 1.0,
    ChangeKind.CONFIG: 0.84,
    ChangeKind.FEATURE_FLAG: 0.84,
    ChangeKind.DATABASE: 0.84,
    ChangeKind.INFRA: 0.3,
    ChangeKind.ROLLBACK: 0.1,
}
_ONE_HOP: Final = 0.5
_TWO_HOPS: Final = 0.25
_ALERTS: Final = 0.6
_WEIGHTS: Final = (1.0, 1.2, 1.0, 0.4)
"""Of recency, service match, blast coverage and type: the start that the literature suggests."""
_VOTES: Final = ((_HOUR, 1.0), (6 * _HOUR, 0.5), (24 * _HOUR, 0.25))
"""Nested windows: a change that lies in more of them has more votes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a baseline says: change ids, best first, at most `most`; and the best one's score."""

    suspects: tuple[str, ...]
    score: float


def verdict(name: str, sight: Sight, seed: str, most: int = 5) -> Verdict:
    """What the baseline of that name says about what is in sight; `seed` is what its chance rests on."""
    score = BASELINES[name](sight, Random(seed))  # noqa: S311 - chance of an experiment, not of a secret
    scores = [score(one) for one in sight.candidates]
    least = min(nlargest(most, scores), default=0.0)
    scored = sorted(
        (
            (value, -one.age, one.change.change_id)
            for value, one in zip(scores, sight.candidates, strict=True)
            if value >= least
        ),
        reverse=True,
    )[:most]
    return Verdict(tuple(one[2] for one in scored), scored[0][0] if scored else -math.inf)


def by_chance(_: Sight, chance: Random) -> Callable[[Candidate], float]:
    """Any order."""
    return lambda _: chance.random()


def nearest(_: Sight, __: Random) -> Callable[[Candidate], float]:
    """The latest change of all."""
    return attrgetter("recent")


def on_first(sight: Sight, _: Random) -> Callable[[Candidate], float]:
    """The latest change to the service that alerted first."""
    first = next(iter(sight.onsets), None)
    return lambda one: one.recent + (_TIER if one.change.service == first else 0.0)


def on_any(sight: Sight, _: Random) -> Callable[[Candidate], float]:
    """The latest change to any service that alerts."""
    return lambda one: one.recent + (_TIER if one.change.service in sight.alerting else 0.0)


def on_deepest(sight: Sight, _: Random) -> Callable[[Candidate], float]:
    """The alerting service that most alerting ones depend on, then the latest change."""
    deep = {service for service in sight.alerting if sight.quiet_below(service)}

    def score(one: Candidate) -> float:
        service = one.change.service
        return one.recent + _TIER * ((service in sight.alerting) + (service in deep))

    return score


def log_time_and_depth(sight: Sight, _: Random) -> Callable[[Candidate], float]:
    """The bucket of the age's logarithm and the depth of the service among those that alert."""
    depth = {
        service: sum(other in sight.alerting for other in sight.catalog.callers(service)) - 1
        for service in sight.alerting
    }
    deepest = max(depth.values(), default=0) or 1

    def score(one: Candidate) -> float:
        bucket = math.floor(math.log10(max(one.age, _MINUTE) / _MINUTE) * 2)
        at = depth.get(one.change.service)
        return (
            one.recent / _TIER
            - bucket
            + (3.0 + depth[one.change.service] / deepest if at is not None else 0.0)
        )

    return score


def vote_and_veto(sight: Sight, _: Random) -> Callable[[Candidate], float]:
    """Each alerting service votes for the changes that could reach it; what was there before vetoes."""
    shares, deep = _Shares(sight), {service for service in sight.alerting if sight.quiet_below(service)}

    def score(one: Candidate) -> float:
        service = one.change.service
        votes = sum([weight for window, weight in _VOTES if one.age <= window])
        near = 1.0 + (service in sight.alerting) + (service in deep)
        there_before = sight.before.get(service)
        veto = there_before is not None and there_before < one.change.time and one.age < _HOUR
        value = votes * near * shares.of(service) + one.recent / _TIER
        return value - _TIER if veto else value

    return score


def four_terms(sight: Sight, _: Random) -> Callable[[Candidate], float]:
    """Recency (of the latest wave), service match, blast coverage and type, by weights set by hand."""
    deep = [service for service in sight.alerting if sight.quiet_below(service)]
    match: dict[str, float] = {}
    shares = _Shares(sight)
    for service in deep:
        for below, hops in sight.catalog.callees(service).items():
            near = {1: _ONE_HOP, 2: _TWO_HOPS}.get(hops, 0.0)
            match[below] = max(match.get(below, 0.0), near)
    match |= dict.fromkeys(sight.alerting, _ALERTS) | dict.fromkeys(deep, 1.0)

    by_recency, by_match, by_coverage, by_type = _WEIGHTS

    def score(one: Candidate) -> float:
        kind, service = one.change.kind, one.change.service
        recency = max(math.pow(2.0, -one.reached / _HALF_LIVES.get(kind, _HALF_LIFE)), _TAIL)
        return (
            by_recency * recency
            + by_match * match.get(service, 0.0)
            + by_coverage * shares.of(service)
            + by_type * _TYPES[kind]
        )

    return score


class _Shares:
    """For each service, the share of the alerting ones that it could reach: itself and what depends on it."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._known = dict.fromkeys(EVERYWHERE, 1.0)

    def of(self, service: str) -> float:
        known = self._known.get(service)
        if known is None:
            callers, alerting = self._sight.catalog.callers(service), self._sight.alerting
            known = sum(other in callers for other in alerting) / max(len(alerting), 1)
            self._known[service] = known
        return known


BASELINES: Final[Mapping[str, Callable[[Sight, Random], Callable[[Candidate], float]]]] = {
    "random": by_chance,
    "nearest in time": nearest,
    "latest on the first alerting service": on_first,
    "latest on any alerting service": on_any,
    "deepest alerting service, then recency": on_deepest,
    "log-time plus call depth": log_time_and_depth,
    "Gandalf-like vote and veto": vote_and_veto,
    "four-term sum": four_terms,
}
ABSTAIN: Final = "always abstain"
