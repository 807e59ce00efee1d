"""Learns the numbers of the suspects model from incidents whose cause is known.

Every estimate is shrunk: it begins as if a number of incidents had been seen that behave as the parameters
say that it starts from, so that few labels change little. What is not named in `fit` stays as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE
from bot.domain.scoring import Scoring
from bot.domain.spread import Sighting, Spread, log_sum_exp
from bot.domain.verdicts import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.domain.change import Change, ChangeKind
    from bot.domain.delays import LogNormal
    from bot.domain.suspicion import Parameters
    from bot.evaluation.labelled import Example

ENOUGH: Final = 20
"""So many labelled incidents are needed before their lesson is worth reading."""
SHARES: Final = 20.0
"""The defaults count as so many incidents where shares are estimated (Beta and Dirichlet priors)."""
RATIOS: Final = 8.0
"""The defaults count as so many causes of each kind (a Gamma prior)."""
SERVICES: Final = 25.0
"""The same of each service: there are many of them, and each has few causes."""
PRECISION: Final = 0.8
"""What suspects that are shown should be right in."""
_THRESHOLD: Final = 50.0
_SHOWN: Final = 10.0
_ROUNDS: Final = 60
_RATIO_ROUNDS: Final = 6
_LEAST: Final = 0.005
_LOWEST: Final = 0.2
_HIGHEST: Final = 0.9
_TELLING: Final = 0.1


@dataclass(frozen=True, slots=True)
class Quality:
    """How good parameters are on examples: the mean of -log P(what it was), and the right at the first place.

    `incidents` were scored; `of_changes` of them have a cause among the candidates, `first` of these had it
    at the top. Causes that are no candidates cannot be scored and are counted in `missed`.
    """

    incidents: int
    log_loss: float
    of_changes: int
    first: int
    missed: int

    @property
    def top1(self) -> float:
        """The share of changes that were found at the first place."""
        return self.first / self.of_changes if self.of_changes else 0.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """One example under some parameters: its candidates with their log weights, and that of "no change"."""

    candidates: tuple[tuple[Change, float], ...]
    none: float
    total: float
    cause: int | None
    by_change: bool


def weigh(example: Example, parameters: Parameters) -> Weighed:
    """The sums of `bot.domain.correlation.rank`, for every candidate."""
    scoring = Scoring(example.evidence, example.candidates, example.catalog, parameters, example.pace)
    weighed = scoring.weigh(example.candidates)
    prior, none = parameters.log_priors(weighed.expected)
    candidates = tuple(
        (change, prior + score)
        for change, score in zip(example.candidates, weighed.scores, strict=True)
        if score > -math.inf
    )
    total = log_sum_exp((none, *(value for _, value in candidates)))
    place = (number for number, (change, _) in enumerate(candidates) if key_of(change) == example.cause)
    cause = None if example.cause is None else next(place, None)
    return Weighed(candidates, none, total, cause, example.cause is not None)


def quality(examples: Iterable[Example], parameters: Parameters) -> Quality:
    """Score the parameters."""
    losses: list[float] = []
    of_changes = first = missed = 0
    for one in (weigh(example, parameters) for example in examples):
        if one.by_change and one.cause is None:
            missed += 1
            continue
        if one.cause is None:
            losses.append(one.total - one.none)
            continue
        value = one.candidates[one.cause][1]
        of_changes += 1
        first += value >= max(other for _, other in one.candidates)
        losses.append(one.total - value)
    mean = sum(losses) / len(losses) if losses else 0.0
    return Quality(len(losses), mean, of_changes, first, missed)


def fit(examples: Sequence[Example], start: Parameters) -> Parameters:
    """The parameters that the examples teach, on top of those to start from.

    The share of incidents that a change causes; the delays' shares; whether the root alerts, how strong
    faults are and how they travel; how guilty each kind is, and from `ENOUGH` examples on each service; and
    the probability from which a suspect is worth naming.
    """
    if not examples:
        return start
    guilty = [(one, change) for one in examples if (change := _cause_of(one)) is not None]
    fitted = replace(
        start,
        delay=replace(start.delay, parts=_delays(guilty, start)),
        spread=_spread(guilty, start.spread),
    )
    fitted = _ratios(examples, fitted, start, services=len(examples) >= ENOUGH)
    fitted = replace(fitted, change=_guilt(examples, fitted, start.change))
    shown_from = _threshold(examples, fitted, start.shown_from)
    return replace(fitted, shown_from=shown_from, learnt_from=len(examples))


def by_time(examples: Iterable[Example], share: float = 0.7) -> tuple[list[Example], list[Example]]:
    """The earlier examples to learn from, and the later ones to be judged by."""
    ordered = sorted(examples, key=lambda one: (one.evidence.onset, one.evidence.incident_id))
    first = round(share * len(ordered))
    return ordered[:first], ordered[first:]


def _cause_of(example: Example) -> Change | None:
    return next((one for one in example.candidates if key_of(one) == example.cause), None)


def _share(seen: float, of: float, start: float, strength: float = SHARES) -> float:
    """The mean of a Beta distribution that began as `strength` observations of `start`."""
    return (seen + strength * start) / (of + strength)


def _clamped(share: float) -> float:
    return min(max(share, _LEAST), 1.0 - _LEAST)


def _delays(guilty: Sequence[tuple[Example, Change]], start: Parameters) -> tuple[LogNormal, ...]:
    """The shares of the parts of the mixture, by expectation and maximisation."""
    seconds = [max(_seconds(one, change), start.delay.shortest, 1.0) for one, change in guilty]
    whole = sum(part.weight for part in start.delay.parts)
    shapes = [replace(part, weight=1.0) for part in start.delay.parts]
    densities = [[shape.density(one) for shape in shapes] for one in seconds]
    weights = _mixture(densities, [part.weight / whole for part in start.delay.parts])
    return tuple(replace(part, weight=weight) for part, weight in zip(shapes, weights, strict=True))


def _seconds(example: Example, change: Change) -> float:
    """From the latest step that had been made to the first alert."""
    onset = example.evidence.onset
    made = [wave.time for wave in change.waves if wave.time <= onset] or [change.time]
    return (onset - max(made)).total_seconds()


def _spread(guilty: Sequence[tuple[Example, Change]], start: Spread) -> Spread:
    """How faults showed whose root is known by name."""
    roots = [
        (one, change.service)
        for one, change in guilty
        if change.service != UNKNOWN and change.service not in EVERYWHERE and _alerting(one)
    ]
    if not roots:
        return start
    loud = sum(root in _alerting(one) for one, root in roots)
    # What is to be learnt: of which strength a fault was, and whether it travelled from caller to caller.
    whole = sum(share for share, _ in start.strengths)
    kinds = [
        (replace(start, strengths=((1.0, chance),), cascade=float(cascading)), share / whole * travels)
        for share, chance in start.strengths
        for cascading, travels in ((False, 1.0 - start.cascade), (True, start.cascade))
    ]
    logs = [[_log_likelihood(one, root, kind) for kind, _ in kinds] for one, root in roots]
    likelihoods = [[math.exp(value - max(row)) for value in row] for row in logs]
    weights = _mixture(likelihoods, [weight for _, weight in kinds])
    pairs = list(zip(weights[::2], weights[1::2], strict=True))
    strengths = tuple((sum(pair), chance) for pair, (_, chance) in zip(pairs, start.strengths, strict=True))
    return replace(
        start,
        root=_clamped(_share(loud, len(roots), start.root)),
        strengths=strengths,
        cascade=sum(cascading for _, cascading in pairs),
    )


def _alerting(example: Example) -> frozenset[str]:
    return frozenset(example.evidence.onsets) - {UNKNOWN} - EVERYWHERE


def _log_likelihood(example: Example, root: str, spread: Spread) -> float:
    evidence = example.evidence
    elapsed = (evidence.at - evidence.onset).total_seconds()
    unnamed = UNKNOWN in evidence.onsets
    sighting = Sighting(_alerting(example), elapsed, example.catalog, spread, unnamed=unnamed)
    return sighting.log_likelihood(root)


def _mixture(likelihoods: Sequence[Sequence[float]], start: Sequence[float]) -> list[float]:
    """The weights of a mixture whose parts are known, with a Dirichlet prior around `start`."""
    weights = list(start)
    for _ in range(_ROUNDS):
        counts = [SHARES * weight for weight in start]
        for row in likelihoods:
            joint = [weight * value for weight, value in zip(weights, row, strict=True)]
            whole = sum(joint)
            if whole > 0:
                counts = [count + part / whole for count, part in zip(counts, joint, strict=True)]
        whole = sum(counts)
        weights = [count / whole for count in counts]
    return weights


def _ratios(
    examples: Sequence[Example], fitted: Parameters, start: Parameters, *, services: bool
) -> Parameters:
    """How guilty kinds and services are against the average change, all else being equal.

    Each round compares how often a kind was the cause with how often it should have been, given everything
    else that speaks for and against each candidate; a Gamma prior holds both near where they started.
    """
    for _ in range(_RATIO_ROUNDS):
        weighed = [weigh(one, fitted) for one in examples]
        weighed = [one for one in weighed if one.cause is not None or not one.by_change]
        kinds = _step(weighed, lambda change: change.kind, fitted.kinds, start.kinds, RATIOS)
        named: dict[str, float] = {}
        if services:
            named = _step(weighed, lambda change: change.service, fitted.services, start.services, SERVICES)
            named = {name: ratio for name, ratio in named.items() if name not in {UNKNOWN, *EVERYWHERE}}
        fitted = replace(fitted, kinds={kind: kinds[kind] for kind in fitted.kinds}, services=named)
    telling = {name: ratio for name, ratio in fitted.services.items() if abs(math.log(ratio)) > _TELLING}
    return replace(fitted, services=telling if services else start.services)


def _step(
    weighed: Iterable[Weighed],
    key: Callable[[Change], str],
    now: Mapping[ChangeKind, float] | Mapping[str, float],
    start: Mapping[ChangeKind, float] | Mapping[str, float],
    strength: float,
) -> dict[str, float]:
    """The next ratios: what was seen against what was due at the ratio 1."""
    seen, due = _counted(weighed, key)
    known = {str(name): ratio for name, ratio in now.items()}
    usual = {str(name): ratio for name, ratio in start.items()}
    return {
        name: (seen.get(name, 0.0) + strength)
        / (due.get(name, 0.0) / known.get(name, 1.0) + strength / usual.get(name, 1.0))
        for name in sorted({*due, *known})
    }


def _guilt(examples: Sequence[Example], fitted: Parameters, start: float) -> float:
    """The share of incidents that a change causes, such that as many are expected to be as were.

    Under all other terms as they were learnt: so it also evens out what these say too much or too little.
    """
    rows: list[tuple[float, bool]] = []
    for one in (weigh(example, fitted) for example in examples):
        if one.candidates and (one.cause is not None or not one.by_change):
            evidence = log_sum_exp(value for _, value in one.candidates) - math.log(fitted.change)
            rows.append((evidence, one.by_change))
    low, high = _LEAST, 1.0 - _LEAST
    for _ in range(_ROUNDS):
        share = (low + high) / 2
        odds = math.log(share / (1.0 - share))
        missing = SHARES * (start - share)
        missing += sum(by_change - _chance(odds + evidence) for evidence, by_change in rows)
        low, high = (share, high) if missing > 0 else (low, share)
    return (low + high) / 2


def _chance(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(min(log_odds, 500.0), -500.0)))


def _counted(
    weighed: Iterable[Weighed], key: Callable[[Change], str]
) -> tuple[dict[str, float], dict[str, float]]:
    """By what `key` gives of a change: how many were causes, and how many the parameters expect to be."""
    seen: dict[str, float] = {}
    due: dict[str, float] = {}
    for one in weighed:
        if one.cause is not None:
            name = key(one.candidates[one.cause][0])
            seen[name] = seen.get(name, 0.0) + 1.0
        for change, value in one.candidates:
            name = key(change)
            due[name] = due.get(name, 0.0) + math.exp(value - one.total)
    return seen, due


def _threshold(examples: Sequence[Example], fitted: Parameters, start: float) -> float:
    """The lowest probability from which the suspects that are named are right often enough, shrunk."""
    best = []
    for one in (weigh(example, fitted) for example in examples):
        if one.candidates:
            place, (_, value) = max(enumerate(one.candidates), key=lambda entry: entry[1][1])
            # `crowded` is given: what is learnt is the bar among few.
            more = fitted.threshold(len(one.candidates)) - fitted.shown_from
            best.append((math.exp(value - one.total) - more, place == one.cause))
    best.sort(reverse=True)
    found, right = 1.0, 0
    for count, (probability, is_right) in enumerate(best, start=1):
        right += is_right
        if (right + _SHOWN * PRECISION) / (count + _SHOWN) >= PRECISION:
            found = probability
    found = min(max(found, _LOWEST), _HIGHEST)
    return _share(len(best) * found, len(best), start, _THRESHOLD)
