"""Which recent change caused an incident: a posterior over every candidate and over "no change".

The score of a candidate is a sum of named log-likelihood ratios against "no change", whose only term is its
prior. The probabilities are the softmax of the sums, so the reasons that are shown are the whole calculation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.domain.alert import UNKNOWN
from bot.domain.reasons import no_change_text, prior_text
from bot.domain.scoring import Scoring, possible_roots
from bot.domain.spread import log_sum_exp
from bot.domain.suspects import Ranking, Suspect, Term
from bot.domain.suspicion import DEFAULT_PARAMETERS, EVERYWHERE, Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.pace import Pace
    from bot.domain.suspects import Evidence

__all__ = ["DEFAULT_PARAMETERS", "EVERYWHERE", "Parameters", "rank", "suspect_services"]


def suspect_services(evidence: Evidence, catalog: Catalog, parameters: Parameters) -> frozenset[str]:
    """The services whose changes are candidates.

    Those that alert and what they depend on, the changes that name no service, and those of every service.
    Where no alert names a service, any service may be the root.
    """
    return possible_roots(evidence, catalog, parameters) | {UNKNOWN} | EVERYWHERE


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
    scoring = Scoring(evidence, candidates, catalog, parameters, pace)
    weighed = scoring.weigh(candidates)
    considered = weighed.considered
    prior, none = parameters.log_priors(weighed.expected)
    best = scoring.best(weighed, candidates, parameters.most)
    total = log_sum_exp([none, *[prior + score for score in weighed.scores]])
    usual = None if pace is None else weighed.expected
    first = Term("prior", prior, prior_text(considered, parameters.look_back, usual))
    suspects = tuple(
        Suspect(
            change := candidates[index],
            math.exp(prior + weighed.scores[index] - total),
            (first, *scoring.terms(change)),
        )
        for index in best
    )
    return Ranking(
        incident_id=evidence.incident_id,
        at=evidence.at,
        suspects=suspects,
        no_change=math.exp(none - total),
        no_change_reasons=(Term("prior", none, no_change_text(1.0 - parameters.change, considered)),),
        considered=considered,
        shown=bool(suspects) and suspects[0].probability >= parameters.threshold(considered),
        calibrated=parameters.calibrated,
    )
