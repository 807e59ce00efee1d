"""One way to read what is seen of an incident, with every candidate and "no change" weighed as its cause."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.domain.reasons import no_change_text, prior_text
from bot.domain.scoring import Scoring
from bot.domain.spread import log_sum_exp
from bot.domain.suspects import Suspect, Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.pace import Pace
    from bot.domain.suspects import Evidence
    from bot.domain.suspicion import Parameters


class Reading:
    """All that can be said of one piece of evidence: the sums of all terms, and their sum over all causes.

    `apart`: what speaks for this reading against that of a single trouble; None for the latter itself.
    """

    def __init__(
        self,
        evidence: Evidence,
        candidates: Sequence[Change],
        catalog: Catalog,
        parameters: Parameters,
        pace: Pace | None,
        *,
        apart: Term | None = None,
    ) -> None:
        self._scoring = scoring = Scoring(evidence, candidates, catalog, parameters, pace)
        self._candidates, self._parameters = candidates, parameters
        self._weighed = weighed = scoring.weigh(candidates)
        self.considered = weighed.considered
        self._prior, self._none = prior, none = parameters.log_priors(weighed.expected)
        usual = None if pace is None else weighed.expected
        self._first = Term("prior", prior, prior_text(self.considered, parameters.look_back, usual))
        self._later = () if apart is None else (apart,)
        self._shift = 0.0 if apart is None else apart.value
        self._total = log_sum_exp([none, *[prior + score for score in weighed.scores]])

    @property
    def total(self) -> float:
        """What speaks for this reading, whatever its cause."""
        return self._shift + self._total

    @property
    def no_change(self) -> float:
        """The sum of the terms of "no change"."""
        return self._shift + self._none

    def best(self, many: int) -> list[tuple[Change, float]]:
        """So many candidates, the best first, with the sums of their terms."""
        scores, shift = self._weighed.scores, self._shift + self._prior
        places = self._scoring.best(self._weighed, self._candidates, many)
        return [(self._candidates[place], shift + scores[place]) for place in places]

    def reasons(self, change: Change) -> tuple[Term, ...]:
        """The terms of a candidate."""
        return (self._first, *self._later, *self._scoring.terms(change))

    def no_change_reasons(self) -> tuple[Term, ...]:
        """The terms of "no change"."""
        says = no_change_text(1.0 - self._parameters.change, self.considered)
        return (Term("prior", self._none, says), *self._later)

    def named(self) -> Suspect | None:
        """The best candidate on this reading alone, if it is worth naming."""
        for change, score in self.best(1):
            chance = math.exp(score - self.total)
            if chance >= self._parameters.threshold(self.considered):
                return Suspect(change, chance, self.reasons(change))
        return None
