"""The sums behind a ranking: the named terms of each candidate; what is common to all is worked out once."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE
from bot.domain.places import Scope
from bot.domain.precedents import FiredBefore
from bot.domain.reasons import delay_text, environment_text, history_text, kind_text, services_text
from bot.domain.recoveries import Recovery
from bot.domain.shared_words import SharedWords
from bot.domain.spread import Sighting, log_sum_exp
from bot.domain.suspects import Term
from bot.domain.timing import Timing
from bot.domain.versions import VersionContrast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change, ChangeKind
    from bot.domain.clues import Clue
    from bot.domain.pace import Pace
    from bot.domain.suspects import Evidence
    from bot.domain.suspicion import Parameters

    _Place = tuple[str, ChangeKind, str]
    """What most of the candidates share with others: service, kind and environment."""

_NEGLIGIBLE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks for each candidate, in their order; minus infinity for one that cannot be the cause.

    `expected`: how many average changes are usual where the cause may be; where that is not known, how many
    those that can be the cause count as.
    """

    scores: list[float]
    expected: float

    @property
    def considered(self) -> int:
        """How many can be the cause."""
        return len(self.scores) - self.scores.count(-math.inf)


def possible_roots(
    evidence: Evidence, catalog: Catalog, parameters: Parameters, pace: Pace | None = None
) -> frozenset[str]:
    """The services that alert and what they depend on.

    Where no alert names one: every service of the catalogue, and those that `pace` knows changes of.
    """
    alerting = set(evidence.onsets) - {UNKNOWN} - EVERYWHERE
    if not alerting:
        return catalog.names() | (pace.services(evidence.environment) if pace else frozenset())
    return catalog.remember(_within, frozenset(alerting), parameters.hops)


def _within(catalog: Catalog, services: frozenset[str], most: int) -> frozenset[str]:
    """These services and what they depend on within so many hops."""
    return frozenset(
        name for service in services for name, hops in catalog.callees(service).items() if hops <= most
    )


class Scoring:
    """Scores the candidates of one incident."""

    def __init__(
        self,
        evidence: Evidence,
        candidates: Sequence[Change],
        catalog: Catalog,
        parameters: Parameters,
        pace: Pace | None = None,
    ) -> None:
        self._evidence = evidence
        self._pace = pace
        self._catalog = catalog
        self._parameters = parameters
        self._onset = evidence.onset
        self._alerting = frozenset(evidence.onsets) - {UNKNOWN} - EVERYWHERE
        self._sighting = Sighting(
            self._alerting,
            (evidence.at - self._onset).total_seconds(),
            catalog,
            parameters.spread,
            unnamed=UNKNOWN in evidence.onsets,
        )
        self._roots = possible_roots(evidence, catalog, parameters, pace)
        self._all = max(len(catalog.names() | self._roots), 1)
        likelihoods = self._sighting.log_likelihoods(self._roots)
        self._everywhere = self._sighting.everywhere(self._all)
        self._timing = Timing(self._onset, parameters)
        self._delays = self._timing.values(candidates)
        self._places = [(change.service, change.kind, change.environment) for change in candidates]
        self._alike = self._count_alike()
        self._where = {place[2]: self._environment(place[2]) for place in self._alike}
        self._made = self._count_made()
        self._usual = {root: self._usually(root) for root in self._roots}
        self._average = self._without_a_change(likelihoods)
        self._services = {root: value - self._average for root, value in likelihoods.items()}
        self._kinds = {kind: math.log(ratio) for kind, ratio in parameters.kinds.items()}
        self._history = {name: math.log(ratio) for name, ratio in parameters.services.items() if ratio != 1}
        clues = (
            Scope(evidence, candidates, parameters.places),
            VersionContrast(evidence, parameters.versions),
            FiredBefore(evidence, parameters.precedents),
            Recovery(evidence, candidates, parameters.recoveries),
        )
        self._clues: list[Clue] = [clue for clue in clues if clue]
        self._words: Clue | None = None

    def weigh(self, candidates: Sequence[Change]) -> Weighed:
        """Score the candidates; the words of the best ones are read."""
        scores = self._weigh(candidates)
        among = self._best(scores, candidates, self._parameters.wording.among)
        shortlist = [candidates[index] for index in among]
        words = SharedWords(self._evidence, shortlist, self._catalog.names(), self._parameters.wording)
        if words:
            self._words = words
            for index in among:
                scores[index] += words.value(candidates[index])
        return Weighed(scores, self._counted() if self._pace is None else self._expected())

    def best(self, weighed: Weighed, candidates: Sequence[Change], many: int) -> list[int]:
        """The places of so many, the best first; of equal ones the latest, then by source and id."""
        scores = weighed.scores
        return sorted(self._best(scores, candidates, many), key=partial(self._order, scores, candidates))

    def _best(self, scores: list[float], candidates: Sequence[Change], many: int) -> list[int]:
        """The places of the best in any order: their scores alone say which, but where the last are equal."""
        least = sorted(scores)[-many] if many < len(scores) else -math.inf
        if least == -math.inf:
            return [index for index, score in enumerate(scores) if score > least]
        near = [index for index, score in enumerate(scores) if score >= least]
        return (
            near if len(near) == many else sorted(near, key=partial(self._order, scores, candidates))[:many]
        )

    def _order(
        self, scores: list[float], candidates: Sequence[Change], index: int
    ) -> tuple[float, timedelta, str, str]:
        change = candidates[index]
        return -scores[index], self._timing.passed(change), change.source, change.change_id

    def _weigh(self, candidates: Sequence[Change]) -> list[float]:
        """What is common to the changes of a service, a kind and an environment is looked up once."""
        common: dict[_Place, float] = {}
        for place in self._alike:
            service, kind, environment = place
            where = self._where[environment]
            if where is None:
                common[place] = -math.inf
                continue
            known = self._service(service) + self._kinds.get(kind, 0.0) + where
            common[place] = known + self._history.get(service, 0.0)
        scores = [
            delay + common.get(place, 0.0) for delay, place in zip(self._delays, self._places, strict=True)
        ]
        for clue in self._clues:
            said = clue.value
            scores = [score + said(change) for score, change in zip(scores, candidates, strict=True)]
        return scores

    def _counted(self) -> float:
        """How many average changes those that can be the cause count as."""
        elsewhere, ratios = len(self._roots) / self._all, self._parameters.kinds
        counted: list[float] = []
        for (service, kind, environment), many in self._alike.items():
            where = self._where[environment]
            if where is not None:
                weight = ratios.get(kind, 1.0) * (1.0 if service in self._roots else elsewhere)
                counted.append(many * weight * math.exp(where))
        return math.fsum(counted)

    def terms(self, change: Change) -> tuple[Term, ...]:
        """The terms of one candidate, which its score is the sum of, each in words; 0 says nothing."""
        everywhere = change.service in EVERYWHERE
        found = [
            Term(
                "delay",
                self._timing.value(change),
                delay_text(change, self._onset, self._evidence.first),
            ),
            Term(
                "services",
                self._service(change.service),
                services_text(change, self._alerting, self._catalog, everywhere=everywhere),
            ),
            Term("kind", self._kinds.get(change.kind, 0.0), kind_text(change.kind, self._parameters.kinds)),
            Term(
                "environment",
                self._environment(change.environment) or 0.0,
                environment_text(self._evidence.environment),
            ),
        ]
        past = self._history.get(change.service)
        if past is not None:
            found.append(Term("history", past, history_text(change.service, math.exp(past))))
        for clue in (*self._clues, *((self._words,) if self._words else ())):
            value = clue.value(change)
            if value:
                found.append(Term(clue.name, value, clue.text(change)))
        return tuple(term for term in found if abs(term.value) > _NEGLIGIBLE)

    def _count_alike(self) -> Mapping[_Place, int]:
        """How many of the candidates in time share each place."""
        if -math.inf not in self._delays:
            return Counter(self._places)
        return Counter(
            place for place, delay in zip(self._places, self._delays, strict=True) if delay > -math.inf
        )

    def _usually(self, service: str) -> float:
        """How many changes to this service a look-back has: where a longer history is known, on average."""
        made, pace = self._made.get(service, 0), self._pace
        if pace is None:
            return made
        # What was changed just now may not have been counted yet.
        known = pace.of(service, self._evidence.environment, self._parameters.environment)
        return max(known, made) / pace.look_backs

    def _expected(self) -> float:
        """How many changes a look-back usually has where the cause may be."""
        elsewhere = len(self._roots) / self._all
        return math.fsum(self._usual.values()) + elsewhere * math.fsum(
            self._usually(service) for service in {UNKNOWN, *EVERYWHERE} - self._roots
        )

    def _count_made(self) -> Mapping[str, int]:
        """How many changes that could be the cause were made to each service."""
        made: Counter[str] = Counter()
        for (service, _, environment), many in self._alike.items():
            if self._where[environment] is not None:
                made[service] += many
        return made

    def _without_a_change(self, likelihoods: Mapping[str, float]) -> float:
        """What is seen, if nothing changed: any root may have failed, rather one of those that change often.

        Now and then all services are hit at once.
        """
        if not likelihoods:
            return 0.0
        busy, changes = self._parameters.busy, self._usual
        every = math.fsum(changes.values())
        share = busy / every if every else 0.0
        rest = (1.0 - (busy if every else 0.0)) / len(likelihoods)
        average = log_sum_exp(
            value + math.log(rest + share * changes[root]) for root, value in likelihoods.items()
        )
        common = self._parameters.spread.common
        if not self._alerting or not common:
            return average
        at_once = self._everywhere + math.log(self._all / len(likelihoods))
        return log_sum_exp((math.log(1.0 - common) + average, math.log(common) + at_once))

    def _service(self, service: str) -> float:
        """The ratio for a root at this service; a change without a known place is as good as any root."""
        known = self._services.get(service)
        if known is not None:
            return known
        if not self._roots or (service in EVERYWHERE and not self._alerting):
            value = 0.0
        elif service in EVERYWHERE:
            value = self._everywhere - self._average
        elif service == UNKNOWN:
            value = math.log(len(self._roots) / self._all)
        else:
            value = self._sighting.log_likelihood(service) - self._average
        self._services[service] = value
        return value

    def _environment(self, environment: str) -> float | None:
        """Zero where it is the incident's own, None where it is another.

        Where the alerts name none, every change is from somewhere, and that says nothing.
        """
        own = self._evidence.environment
        if own in {UNKNOWN, environment}:
            return 0.0
        return math.log(self._parameters.environment) if environment == UNKNOWN else None
