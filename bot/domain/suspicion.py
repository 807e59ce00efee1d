"""Every number of the suspects model: what is assumed until responders' verdicts teach better."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.change import ChangeKind
from bot.domain.delays import DelayMixture
from bot.domain.places import Places
from bot.domain.precedents import Precedents
from bot.domain.recoveries import Recoveries
from bot.domain.shared_words import Wording
from bot.domain.spread import Spread
from bot.domain.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSEEN: Final = 0.5
"""Added to the number of changes: how often services are changed is only known from a few."""

FEW: Final = 10
"""Up to so many candidates a suspect is named from `shown_from`."""
CROWD: Final = 100
"""From so many candidates on, all of `crowded` is asked for beyond that."""
MEASURED: Final = 50
"""Numbers that so many judged incidents taught are called calibrated; fewer leave them as assumed."""

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
    """The numbers of the model; each part says what its own mean.

    `change`: the share of incidents that a change causes (published postmortems say 50 to 65 %).
    `kinds`: how often a kind causes incidents, against the average change (ratios as in published sets).
    `services`: the same by service, where verdicts have taught it; absent is 1.
    `busy`: below 1; how far a fault without a change is likelier where more is changed. `by_share`: how far a
    wave of a rollout carries a fault by the share that it newly reaches; the rest falls to all waves alike.
    `look_back`: seconds before the onset in which changes are candidates. `skew`: seconds by which clocks may
    differ: so long after the onset a change may still be its cause, at the ratio `skewed`. `environment`: the
    chance that a change of an unnamed environment was made in this one. `hops`: how far below an alerting
    service a root may lie. `most`: how many suspects are named. `shown_from`: the probability from which the
    best one is worth naming among few candidates, to which `crowded` is added among many. `apart`: after a
    pause of so many seconds other trouble may have begun within the incident, and `another` is how often it
    has. `learnt_from`: so many judged incidents taught these numbers.
    """

    change: float = 0.57
    kinds: Mapping[ChangeKind, float] = field(default_factory=lambda: _KINDS)
    services: Mapping[str, float] = field(default_factory=dict)
    busy: float = 0.7
    by_share: float = 0.9
    delay: DelayMixture = field(default_factory=DelayMixture)
    spread: Spread = field(default_factory=Spread)
    places: Places = field(default_factory=Places)
    wording: Wording = field(default_factory=Wording)
    versions: Versions = field(default_factory=Versions)
    precedents: Precedents = field(default_factory=Precedents)
    recoveries: Recoveries = field(default_factory=Recoveries)
    look_back: float = 86_400.0
    skew: float = 120.0
    skewed: float = 0.1
    environment: float = 0.5
    hops: int = 4
    most: int = 5
    shown_from: float = 0.5
    crowded: float = 0.2
    apart: float = 120.0
    another: float = 0.25
    learnt_from: int = 0

    @property
    def calibrated(self) -> bool:
        """Whether the probabilities have been measured on enough judged incidents."""
        return self.learnt_from >= MEASURED

    def log_priors(self, expected: float) -> tuple[float, float]:
        """The logarithms of the prior of a change, where `expected` average ones are usual, and of no change.

        As many as are usual share the guilt that changes have together: where more is changed all the time
        each one has less of it, and where more is changed than usual they have more together.
        """
        return math.log(self.change / (expected + _UNSEEN)), math.log(1.0 - self.change)

    def threshold(self, candidates: int) -> float:
        """The probability from which the best of so many candidates is named.

        Where few changes compete, a best one at .5 is mostly right, for the rest is "no change"; in a busy
        hour its rivals are as good. From `FEW` to `CROWD` the bar rises with the logarithm of their number.
        """
        crowd = math.log(max(candidates, 1) / FEW) / math.log(CROWD / FEW)
        return min(self.shown_from + self.crowded * min(max(crowd, 0.0), 1.0), 1.0)


DEFAULT_PARAMETERS: Final = Parameters()
