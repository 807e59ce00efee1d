"""Which recent change caused an incident: a posterior over every candidate and over "no change".

The score of a candidate is a sum of named log-likelihood ratios against "no change", whose only term is its
prior. The probabilities are the softmax of the sums, so the reasons that are shown are the whole calculation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import ChangeKind
from bot.domain.delays import LONGEST, STEPS, DelayMixture, against_uniform, step_of
from bot.domain.reasons import (
    delay_text,
    environment_text,
    kind_text,
    no_change_text,
    prior_text,
    services_text,
)
from bot.domain.spread import Sighting, Spread, log_sum_exp
from bot.domain.suspects import Ranking, Suspect, Term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.suspects import Evidence

EVERYWHERE: Final = frozenset({"global", "*"})
"""Names of the service under which senders report what concerns every service."""

_KINDS: Final[Mapping[ChangeKind, float]] = {
    ChangeKind.DEPLOY: 1.1,
    ChangeKind.CONFIG: 0.95,
    ChangeKind.FEATURE_FLAG: 0.95,
    ChangeKind.DATABASE: 0.8,
    ChangeKind.INFRA: 0.35,
    ChangeKind.ROLLBACK: 0.12,
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is assumed about changes and incidents until responders' verdicts teach better.

    `change`: the share of incidents that a change causes (published postmortems say 50 to 65 %).
    `kinds`: how often a kind causes incidents, against the average change (ratios as in published sets).
    `look_back`: seconds before the onset in which changes are candidates. `skew`: seconds by which clocks may
    differ: so long after the onset a change may still be its cause, at the ratio `skewed`. `environment`: the
    chance that a change of an unnamed environment was made in this one. `hops`: how far below an alerting
    service a root may lie. `most`: how many suspects are named. `shown_from`: the probability from which the
    best one is worth naming.
    """

    change: float = 0.55
    kinds: Mapping[ChangeKind, float] = field(default_factory=lambda: _KINDS)
    delay: DelayMixture = field(default_factory=DelayMixture)
    spread: Spread = field(default_factory=Spread)
    look_back: float = 86_400.0
    skew: float = 120.0
    skewed: float = 0.1
    environment: float = 0.5
    hops: int = 4
    most: int = 5
    shown_from: float = 0.5


DEFAULT_PARAMETERS: Final = Parameters()


def suspect_services(evidence: Evidence, catalog: Catalog, parameters: Parameters) -> frozenset[str]:
    """The services whose changes are candidates.

    Those that alert and what they depend on, the changes that name no service, and those of every service.
    Where no alert names a service, any service may be the root.
    """
    return _roots(evidence, catalog, parameters) | {UNKNOWN} | EVERYWHERE


def rank(
    evidence: Evidence, candidates: Sequence[Change], catalog: Catalog, parameters: Parameters
) -> Ranking:
    """Weigh the candidates against one another and against "no change".

    Changes outside the look-back, made after the onset (beyond what clocks may differ) or in another known
    environment are no hypotheses. The order of the candidates does not matter.
    """
    scoring = _Scoring(evidence, catalog, parameters)
    hypotheses = scoring.hypotheses(candidates)
    none = math.log(1.0 - parameters.change)
    considered = len(hypotheses)
    prior = math.log(parameters.change / (considered + 1))
    best = nsmallest(parameters.most, hypotheses)
    total = log_sum_exp((none, *(prior - score for score, *_ in hypotheses)))
    suspects = tuple(
        Suspect(
            change := candidates[index],
            math.exp(prior - score - total),
            (Term("prior", prior, prior_text(considered, parameters.look_back)), *scoring.terms(change)),
        )
        for score, _, _, _, index in best
    )
    return Ranking(
        incident_id=evidence.incident_id,
        at=evidence.at,
        suspects=suspects,
        no_change=math.exp(none - total),
        no_change_reasons=(Term("prior", none, no_change_text(1.0 - parameters.change, considered)),),
        considered=considered,
        shown=bool(suspects) and suspects[0].probability >= parameters.shown_from,
    )


def _roots(evidence: Evidence, catalog: Catalog, parameters: Parameters) -> frozenset[str]:
    alerting = set(evidence.onsets) - {UNKNOWN} - EVERYWHERE
    if not alerting:
        return catalog.names()
    return frozenset(
        name
        for service in alerting
        for name, hops in catalog.callees(service).items()
        if hops <= parameters.hops
    )


class _Scoring:
    """What is the same for all candidates of one incident, worked out once."""

    def __init__(self, evidence: Evidence, catalog: Catalog, parameters: Parameters) -> None:
        self._evidence = evidence
        self._catalog = catalog
        self._parameters = parameters
        self._onset = evidence.onset
        self._alerting = frozenset(evidence.onsets) - {UNKNOWN} - EVERYWHERE
        self._sighting = Sighting(
            self._alerting, (evidence.at - self._onset).total_seconds(), catalog, parameters.spread
        )
        self._roots = _roots(evidence, catalog, parameters)
        likelihoods = {root: self._sighting.log_likelihood(root) for root in sorted(self._roots)}
        self._average = log_sum_exp(likelihoods.values()) - math.log(len(likelihoods)) if likelihoods else 0.0
        self._services = {root: value - self._average for root, value in likelihoods.items()}
        self._kinds = {kind: math.log(ratio) for kind, ratio in parameters.kinds.items()}
        self._shortest = max(parameters.delay.shortest, 1.0)
        self._curve = against_uniform(parameters.delay, parameters.look_back)

    def hypotheses(self, candidates: Sequence[Change]) -> list[tuple[float, float, str, str, int]]:
        """For each candidate that could be the cause, what sorts the best first and its index.

        The loop is the hot path (a busy day has a thousand candidates), hence the local names.
        """
        found: list[tuple[float, float, str, str, int]] = []
        onset, latest, log = self._onset, -self._parameters.skew, math.log
        earliest = min(self._parameters.look_back, LONGEST)
        environment, curve, shortest = self._evidence.environment, self._curve, self._shortest
        services, kinds = self._services, self._kinds
        for index, change in enumerate(candidates):
            seconds = (onset - change.time).total_seconds()
            if not latest <= seconds <= earliest:
                continue
            score = curve[int(log(seconds) * STEPS)] if seconds > shortest else self._delay(seconds)
            known = services.get(change.service)
            score += self._service(change.service) if known is None else known
            score += kinds.get(change.kind, 0.0)
            if change.environment != environment:
                elsewhere = self._environment(change.environment)
                if elsewhere is None:
                    continue
                score += elsewhere
            found.append((-score, seconds, change.source, change.change_id, index))
        return found

    def terms(self, change: Change) -> tuple[Term, ...]:
        """The terms of one candidate, which its score is the sum of, each in words."""
        seconds = (self._onset - change.time).total_seconds()
        service = self._service(change.service)
        found = [
            Term("delay", self._delay(seconds), delay_text(change.kind, seconds)),
            Term(
                "services",
                service,
                services_text(change, self._alerting, self._catalog, everywhere=change.service in EVERYWHERE),
            ),
            Term("kind", self._kinds.get(change.kind, 0.0), kind_text(change.kind, self._parameters.kinds)),
        ]
        elsewhere = self._environment(change.environment)
        if elsewhere:
            found.append(Term("environment", elsewhere, environment_text(self._evidence.environment, change)))
        return tuple(found)

    def _delay(self, seconds: float) -> float:
        value = self._curve[step_of(max(seconds, self._shortest))]
        return value if seconds >= 0 else value + math.log(self._parameters.skewed)

    def _service(self, service: str) -> float:
        """The ratio for a root at this service; a change without a known place is as good as any root."""
        known = self._services.get(service)
        if known is not None:
            return known
        if service in EVERYWHERE or not self._roots:
            value = 0.0
        elif service == UNKNOWN:
            value = math.log(len(self._roots) / max(len(self._catalog.names() | self._roots), 1))
        else:
            value = self._sighting.log_likelihood(service) - self._average
        self._services[service] = value
        return value

    def _environment(self, environment: str) -> float | None:
        """Zero where it is the incident's own, None where it is another."""
        own = self._evidence.environment
        if environment == own:
            return 0.0
        if UNKNOWN in {environment, own}:
            return math.log(self._parameters.environment)
        return None
