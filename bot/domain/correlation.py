"""Which recent change caused an incident: a posterior over every candidate and over "no change".

The score of a candidate is a sum of named log-likelihood ratios against "no change", whose only term is its
prior. The probabilities are the softmax of the sums, so the reasons that are shown are the whole calculation.
Where later alerts may be trouble of their own, every candidate is weighed as the cause of that, too.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE
from bot.domain.later import told_apart
from bot.domain.reading import Reading
from bot.domain.reasons import later_text
from bot.domain.scoring import possible_roots
from bot.domain.spread import log_sum_exp
from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
from bot.domain.suspicion import DEFAULT_PARAMETERS, Parameters
from bot.domain.verdicts import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.pace import Pace
    from bot.domain.suspects import Evidence
    from bot.domain.verdicts import ChangeKey

__all__ = ["DEFAULT_PARAMETERS", "Parameters", "rank", "suspect_services"]

_EVEN: Final = 0.5


def suspect_services(
    evidence: Evidence, catalog: Catalog, parameters: Parameters, pace: Pace | None = None
) -> frozenset[str]:
    """The services whose changes are candidates.

    Those that alert and what they depend on, the changes that name no service, and those of every service.
    Where no alert names a service, any service may be the root, also one that only its changes tell of.
    """
    return possible_roots(evidence, catalog, parameters, pace) | {UNKNOWN} | EVERYWHERE


def rank(
    evidence: Evidence,
    candidates: Sequence[Change],
    catalog: Catalog,
    parameters: Parameters,
    pace: Pace | None = None,
) -> Ranking:
    """Weigh the candidates against one another and against "no change".

    Changes outside the look-back, made after the onset (beyond what clocks may differ) or in another known
    environment are no hypotheses. The order of the candidates does not matter. `pace`: how often services are
    usually changed; where that is not known, the candidates themselves are all there is to go by.
    """
    whole = Reading(evidence, candidates, catalog, parameters, pace)
    parting = told_apart(evidence, catalog, parameters.apart)
    if parting is None:
        return _ranking((whole,), evidence, parameters)

    def read(part: Evidence, apart: Term | None = None) -> Reading:
        concerned = _concerned(part, candidates, catalog, parameters, pace)
        return Reading(part, concerned, catalog, parameters, pace, apart=apart)

    former = read(parting.former)
    # What was there before has causes of its own, and how well they explain it counts as well.
    value = _log_odds(parameters.another) + parting.log_odds + former.total
    seconds = (parting.since - evidence.onset).total_seconds()
    later = read(parting.later, Term("later", value, later_text(parting.later.onsets, seconds)))
    ranking = _ranking(sorted((whole, later), key=lambda one: -one.total), evidence, parameters)
    chance = math.exp(later.total - log_sum_exp((whole.total, later.total)))
    trouble = LaterTrouble(parting.since, tuple(sorted(parting.later.onsets)), chance, former.named())
    return replace(ranking, later=trouble) if _worth_telling(trouble, ranking) else ranking


def _concerned(
    evidence: Evidence,
    candidates: Sequence[Change],
    catalog: Catalog,
    parameters: Parameters,
    pace: Pace | None,
) -> list[Change]:
    """Those of the candidates that are some for a part of the evidence."""
    services = suspect_services(evidence, catalog, parameters, pace)
    return [change for change in candidates if change.service in services]


def _log_odds(chance: float) -> float:
    return math.log(chance) - math.log1p(-chance)


def _ranking(readings: Sequence[Reading], evidence: Evidence, parameters: Parameters) -> Ranking:
    """The candidates by their probability over all readings, with the reasons of where they are likeliest.

    The likeliest reading comes first. Of each as many candidates are looked at as are named.
    """
    total = log_sum_exp([one.total for one in readings])
    found: dict[ChangeKey, Suspect] = {}
    for one in readings:
        for change, score in one.best(parameters.most):
            chance = math.exp(score - total)
            key = key_of(change)
            known = found.get(key)
            if known is None:
                found[key] = Suspect(change, chance, one.reasons(change))
            else:
                reasons = known.reasons if known.probability >= chance else one.reasons(change)
                found[key] = Suspect(change, known.probability + chance, reasons)
    suspects = tuple(sorted(found.values(), key=lambda one: -one.probability)[: parameters.most])
    first = readings[0]
    return Ranking(
        incident_id=evidence.incident_id,
        at=evidence.at,
        suspects=suspects,
        no_change=math.fsum(math.exp(one.no_change - total) for one in readings),
        no_change_reasons=first.no_change_reasons(),
        considered=first.considered,
        shown=bool(suspects) and suspects[0].probability >= parameters.threshold(first.considered),
        calibrated=parameters.calibrated,
    )


def _worth_telling(trouble: LaterTrouble, ranking: Ranking) -> bool:
    """Whether it is likelier than not, and the change that is named has not caused what was before, too."""
    if trouble.probability < _EVEN:
        return False
    named = ranking.suspects[0].change if ranking.shown else None
    return named is None or trouble.former is None or trouble.former.change != named
