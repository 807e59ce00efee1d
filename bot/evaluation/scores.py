"""The metrics of ranking and of abstention, each a figure over faults with its interval."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.evaluation.answers import MODEL, NO_ANSWER
from bot.evaluation.bootstrap import TIMES, intervals, reflected, sign_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.evaluation.answers import Answer, Judged

TOPS: Final = (1, 3, 5)
_LEVELS: Final = 200
"""Scores are put into so many steps of equal numbers where the area is resampled."""
_BINS: Final = 10


def figure(
    value: float | None, interval: tuple[float, float] | None = None, n: int | None = None
) -> dict[str, Any]:
    """One figure of the results: its value, its 95 % interval, and over how many."""
    found: dict[str, Any] = {"value": value}
    if interval is not None:
        found["interval"] = list(interval)
    if n is not None:
        found["n"] = n
    return found


# --- ranking ---------------------------------------------------------------------------------------------


def ranking(pairs: Sequence[tuple[Answer, Judged]], times: int = TIMES) -> dict[str, Any]:
    """Top-1, top-3, top-5 and mean reciprocal rank over the faults that a change caused."""
    ranks = [answer.rank(one.causes) for answer, one in pairs if one.by_change]
    point = _of_ranks(Counter(ranks))
    spans = intervals(ranks, _of_ranks, times=times)
    return {name: figure(value, spans.get(name), len(ranks)) for name, value in point.items()}


def _of_ranks(counted: Mapping[int | None, int]) -> dict[str, float | None]:
    many = sum(counted.values())
    if not many:
        return {**{f"top{top}": None for top in TOPS}, "mrr": None}
    hits, reciprocal = [0] * len(TOPS), 0.0
    for rank, count in counted.items():
        if rank is not None:
            reciprocal += count / rank
            for place, top in enumerate(TOPS):
                if rank <= top:
                    hits[place] += count
    found: dict[str, float | None] = {f"top{top}": hit / many for top, hit in zip(TOPS, hits, strict=True)}
    found["mrr"] = reciprocal / many
    return found


def paired(mine: Sequence[tuple[Answer, Judged]], others: Sequence[tuple[Answer, Judged]]) -> dict[str, Any]:
    """The difference to another method on the same faults: interval by resampling pairs, and a sign test."""
    found: dict[str, Any] = {}
    for top in TOPS[:2]:
        differences = [
            _hit(answer, one, top) - _hit(other, one, top)
            for (answer, one), (other, _) in zip(mine, others, strict=True)
            if one.by_change
        ]
        spans = intervals(differences, _mean)
        better, worse = differences.count(1), differences.count(-1)
        found[f"top{top}"] = {
            **figure(_mean(Counter(differences))["mean"], spans.get("mean"), len(differences)),
            "p": sign_test(better, worse),
        }
    return found


def _hit(answer: Answer, one: Judged, top: int) -> int:
    rank = answer.rank(one.causes)
    return int(rank is not None and rank <= top)


def _mean(counted: Mapping[int, int]) -> dict[str, float | None]:
    many = sum(counted.values())
    return {"mean": sum(value * count for value, count in counted.items()) / many if many else None}


# --- abstention ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What one incident says about abstention."""

    by_change: bool
    shown: bool
    right: bool
    among_three: bool


def abstention(pairs: Sequence[tuple[Answer, Judged]]) -> dict[str, Any]:
    """Of "change or none": precision, recall, accusations, and how well the score tells them apart."""
    seen = [_shown(answer, one) for answer, one in pairs]
    spans = intervals(seen, _of_shown)
    point = _of_shown(Counter(seen))
    found = {name: figure(value, spans.get(name), len(seen)) for name, value in point.items()}
    scored = [(answer.change, one.by_change) for answer, one in pairs]
    found["auroc"] = figure(area(scored), _area_interval(scored), len(scored))
    return found


def _shown(answer: Answer, one: Judged) -> Shown:
    rank = answer.rank(one.causes)
    return Shown(one.by_change, answer.shown, rank == 1, rank is not None and rank <= TOPS[1])


def _of_shown(counted: Mapping[Shown, int]) -> dict[str, float | None]:
    shown = shown_changed = right = among_three = changed = total = 0
    for one, count in counted.items():
        total += count
        changed += count * one.by_change
        if one.shown:
            shown += count
            shown_changed += count * one.by_change
            right += count * one.right
            among_three += count * one.among_three
    silent, without, accused = total - shown, total - changed, shown - shown_changed
    return {
        "change_precision": _share(shown_changed, shown),
        "change_recall": _share(shown_changed, changed),
        "none_precision": _share(without - accused, silent),
        "none_recall": _share(without - accused, without),
        "shown_precision": _share(right, shown),
        "shown_precision_top3": _share(among_three, shown),
        "shown_recall": _share(right, changed),
        "false_accusations": _share(accused, without),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def area(scored: Iterable[tuple[float, bool]]) -> float | None:
    """The chance that a fault by a change scores higher than one without; a tie is half."""
    return _area(Counter(scored))


def _area(counted: Mapping[tuple[float, bool], int]) -> float | None:
    by_score: dict[float, list[int]] = {}
    for (score, positive), count in counted.items():
        by_score.setdefault(score, [0, 0])[positive] += count
    below = won = 0.0
    positives = 0
    for score in sorted(by_score):
        without, with_change = by_score[score]
        won += with_change * (below + without / 2)
        below += without
        positives += with_change
    return won / (below * positives) if below and positives else None


def _area_interval(scored: Sequence[tuple[float, bool]]) -> tuple[float, float] | None:
    order = sorted({score for score, _ in scored})
    steps = {score: place * _LEVELS // len(order) for place, score in enumerate(order)}
    coarse = [(float(steps[score]), positive) for score, positive in scored]
    return intervals(coarse, lambda counted: {"area": _area(counted)}, times=400).get("area")


# --- calibration -----------------------------------------------------------------------------------------


def calibration(chances: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Reliability in ten bins of a probability, and the expected calibration error."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for chance, came in chances:
        bins[min(int(chance * _BINS), _BINS - 1)].append((chance, came))
    means = [math.fsum(chance for chance, _ in one) / len(one) if one else 0.0 for one in bins]

    def error(counted: Mapping[tuple[int, bool], int]) -> dict[str, float | None]:
        many = sum(counted.values())
        if not many:
            return {"ece": None}
        total = 0.0
        for place, mean in enumerate(means):
            came, missed = counted.get((place, True), 0), counted.get((place, False), 0)
            total += abs(came - mean * (came + missed))
        return {"ece": total / many}

    placed = [(place, came) for place, one in enumerate(bins) for _, came in one]
    value, span = error(Counter(placed))["ece"], intervals(placed, error).get("ece")
    if value is not None and span is not None:
        span = reflected(span, value)
    return {
        "ece": figure(value, span, len(placed)),
        "bins": [
            {
                "from": place / _BINS,
                "n": len(one),
                "said": means[place],
                "was": sum(came for _, came in one) / len(one),
            }
            for place, one in enumerate(bins)
            if one
        ],
    }


# --- all of one method -----------------------------------------------------------------------------------


def pairs_of(judged: Iterable[Judged], method: str) -> list[tuple[Answer, Judged]]:
    """The method's answer about each true fault."""
    return [(one.answers.get(method, NO_ANSWER), one) for one in judged if one.fault is not None]


def model_calibration(judged: Sequence[Judged], method: str = MODEL) -> dict[str, Any]:
    """How far the probabilities of the first suspect, and of "some change", are to be believed."""
    pairs = [(answer, one) for answer, one in pairs_of(judged, method) if answer.probability is not None]
    first = [(answer.probability or 0.0, answer.rank(one.causes) == 1) for answer, one in pairs]
    change = [(min(max(answer.change, 0.0), 1.0), one.by_change) for answer, one in pairs]
    return {"first_suspect": calibration(first), "some_change": calibration(change)}
