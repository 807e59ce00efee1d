"""The sums behind a ranking: the named terms of each candidate; what is common to all is worked out once."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.delays import LONGEST, STEPS, against_uniform, step_of
from bot.domain.places import Scope
from bot.domain.precedents import FiredBefore
from bot.domain.reasons import delay_text, environment_text, history_text, kind_text, services_text
from bot.domain.recoveries import Recovery
from bot.domain.shared_words import SharedWords
from bot.domain.spread import Sighting, log_sum_exp
from bot.domain.suspects import Term
from bot.domain.suspicion import EVERYWHERE
from bot.domain.versions import VersionContrast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.clues import Clue
    from bot.domain.suspects import Evidence
    from bot.domain.suspicion import Parameters

Hypothesis = tuple[float, float, str, str, int]
"""What sorts the best first (the negated score, seconds, source, id), and the candidate's index."""
_NEGLIGIBLE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Weighed:
    """Every candidate that could be the cause. `expected`: how many average changes they count as."""

    hypotheses: list[Hypothesis]
    expected: float


def possible_roots(evidence: Evidence, catalog: Catalog, parameters: Parameters) -> frozenset[str]:
    """The services that alert and what they depend on; every service where no alert names one."""
    alerting = set(evidence.onsets) - {UNKNOWN} - EVERYWHERE
    if not alerting:
        return catalog.names()
    return frozenset(
        name
        for service in alerting
        for name, hops in catalog.callees(service).items()
        if hops <= parameters.hops
    )


class Scoring:
    """Scores the candidates of one incident."""

    def __init__(
        self, evidence: Evidence, candidates: Sequence[Change], catalog: Catalog, parameters: Parameters
    ) -> None:
        self._evidence = evidence
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
        self._roots = possible_roots(evidence, catalog, parameters)
        self._all = max(len(catalog.names() | self._roots), 1)
        likelihoods = {root: self._sighting.log_likelihood(root) for root in sorted(self._roots)}
        self._everywhere = self._sighting.everywhere(self._all)
        self._average = self._without_a_change(likelihoods, self._made(candidates))
        self._services = {root: value - self._average for root, value in likelihoods.items()}
        self._kinds = {kind: math.log(ratio) for kind, ratio in parameters.kinds.items()}
        self._history = {name: math.log(ratio) for name, ratio in parameters.services.items() if ratio != 1}
        self._shortest = max(parameters.delay.shortest, 1.0)
        self._curve = against_uniform(parameters.delay, parameters.look_back)
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
        weighed = self._weigh(candidates)
        among = nsmallest(self._parameters.wording.among, weighed.hypotheses)
        shortlist = [candidates[index] for *_, index in among]
        words = SharedWords(self._evidence, shortlist, self._catalog.names(), self._parameters.wording)
        if words:
            self._words = words
            said = {index: words.value(candidates[index]) for *_, index in among}
            weighed = Weighed(
                [(score - said.get(index, 0.0), *rest, index) for score, *rest, index in weighed.hypotheses],  # type: ignore[misc] # mypy does not follow a star in the middle of a tuple
                weighed.expected,
            )
        return weighed

    def _weigh(self, candidates: Sequence[Change]) -> Weighed:
        """The loop is the hot path (a busy day has a thousand candidates), hence the local names."""
        found: list[Hypothesis] = []
        onset, latest, log = self._onset, -self._parameters.skew, math.log
        earliest = min(self._parameters.look_back, LONGEST)
        environment, curve, shortest = self._evidence.environment, self._curve, self._shortest
        services, kinds, history, clues = self._services, self._kinds, self._history, self._clues
        roots, elsewhere, ratios = self._roots, len(self._roots) / self._all, self._parameters.kinds
        counted: list[float] = []
        for index, change in enumerate(candidates):
            if change.waves:
                seconds = self._seconds(change)
                if not latest <= seconds <= earliest:
                    continue
                score = self._delay(change)
            else:
                seconds = (onset - change.time).total_seconds()
                if not latest <= seconds <= earliest:
                    continue
                score = curve[int(log(seconds) * STEPS)] if seconds > shortest else self._after(seconds)
            known = services.get(change.service)
            score += self._service(change.service) if known is None else known
            score += kinds.get(change.kind, 0.0)
            weight = ratios.get(change.kind, 1.0) * (1.0 if change.service in roots else elsewhere)
            if change.environment != environment:
                where = self._environment(change.environment)
                if where is None:
                    continue
                score += where
                weight *= math.exp(where)
            counted.append(weight)
            if history:
                score += history.get(change.service, 0.0)
            for clue in clues:
                score += clue.value(change)
            found.append((-score, seconds, change.source, change.change_id, index))
        return Weighed(found, math.fsum(counted))

    def terms(self, change: Change) -> tuple[Term, ...]:
        """The terms of one candidate, which its score is the sum of, each in words; 0 says nothing."""
        everywhere = change.service in EVERYWHERE
        found = [
            Term("delay", self._delay(change), delay_text(change, self._onset)),
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

    def _made(self, candidates: Sequence[Change]) -> Mapping[str, int]:
        """How many changes that could be the cause were made to each service."""
        since = self._onset - timedelta(seconds=min(self._parameters.look_back, LONGEST))
        until, own = self._onset + timedelta(seconds=self._parameters.skew), self._evidence.environment
        return Counter(
            change.service
            for change in candidates
            if since <= (change.latest if change.waves else change.time)
            and change.time <= until
            and (change.environment == own or UNKNOWN in {change.environment, own})
        )

    def _without_a_change(self, likelihoods: Mapping[str, float], changes: Mapping[str, int]) -> float:
        """What is seen, if nothing changed: any root may have failed, rather one of those that change often.

        Now and then all services are hit at once.
        """
        if not likelihoods:
            return 0.0
        busy = self._parameters.busy
        every = sum(changes.get(root, 0) for root in likelihoods)
        share = busy / every if every else 0.0
        rest = (1.0 - (busy if every else 0.0)) / len(likelihoods)
        average = log_sum_exp(
            value + math.log(rest + share * changes.get(root, 0)) for root, value in likelihoods.items()
        )
        common = self._parameters.spread.common
        if not self._alerting or not common:
            return average
        at_once = self._everywhere + math.log(self._all / len(likelihoods))
        return log_sum_exp((math.log(1.0 - common) + average, math.log(common) + at_once))

    def _seconds(self, change: Change) -> float:
        """From the latest of its steps that had been made to the first alert."""
        return min((seconds for seconds, _ in self._steps(change)))

    def _steps(self, change: Change) -> list[tuple[float, float]]:
        """Each step of a rollout as the seconds from it to the first alert, with its weight.

        A step carries a fault mostly by the share that it newly reached, so that a canary is a weak suspect;
        where no share is known all steps are alike. Steps after the first alert cannot have caused it.
        """
        begun = (
            wave
            for wave in change.waves
            if (self._onset - wave.time).total_seconds() >= -self._parameters.skew
        )
        waves = sorted(begun, key=lambda wave: wave.time)
        if not waves:
            return [((self._onset - change.time).total_seconds(), 1.0)]
        alike, by_share = 1.0 / len(waves), self._parameters.by_share
        reached, steps = 0.0, []
        for wave in waves:
            gain = alike
            if wave.share is not None:
                gain = by_share * max(wave.share - reached, 0.0) + (1.0 - by_share) * alike
                reached = max(reached, wave.share)
            steps.append(((self._onset - wave.time).total_seconds(), gain))
        return steps

    def _delay(self, change: Change) -> float:
        steps = self._steps(change)
        return log_sum_exp(math.log(weight) + self._after(seconds) for seconds, weight in steps)

    def _after(self, seconds: float) -> float:
        value = self._curve[step_of(max(seconds, self._shortest))]
        return value if seconds >= 0 else value + math.log(self._parameters.skewed)

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
