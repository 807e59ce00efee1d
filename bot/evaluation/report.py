"""Everything that is measured, put together as one JSON document: `results.json`."""

from __future__ import annotations

import math
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from bot.evaluation.answers import CEILING, MODEL, NO_ANSWER
from bot.evaluation.bars import PRECISION, bars
from bot.evaluation.baselines import ABSTAIN, BASELINES
from bot.evaluation.grouping import grouping
from bot.evaluation.judging import MOMENT, MOMENTS
from bot.evaluation.scores import abstention, figure, model_calibration, paired, pairs_of, ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.evaluation.answers import Answer, Judged
    from bot.evaluation.grouping import Tally

    Tick = Callable[[], None]

METHODS: Final = (MODEL, *BASELINES, ABSTAIN, CEILING)
_TIMES: Final = 200
"""Resamples of a stratum: there are many of them, and few faults in each."""
STEPS: Final = len(METHODS)
"""How often `results` ticks."""


def results(
    judged: Sequence[Judged], counted: Tally, grouping_name: str, tick: Tick, possible: Tally
) -> dict[str, Any]:
    """All metrics of the protocol. `tick` is called after each method.

    `possible` is what the ceiling makes of the grouping; it counts where every case is simulated.
    """
    faults = [one for one in judged if one.fault is not None]
    known = [name for name in METHODS if name != CEILING or any(CEILING in one.answers for one in faults)]
    methods = {}
    for name in known:
        methods[name] = _method(faults, name)
        tick()
    mine = pairs_of(faults, MODEL)
    found: dict[str, Any] = {
        "grouping": grouping_name,
        "seconds_after_first_alert": MOMENT,
        "faults": len(faults),
        "by_change": sum(one.by_change for one in faults),
        "methods": methods,
        "paired": {name: paired(mine, pairs_of(faults, name)) for name in BASELINES if faults},
        "moments": {str(after): _moment(faults, after) for after in MOMENTS},
        "time_to_cause": _times(faults),
        "calibration": model_calibration(faults),
        "accusations": _accusations(judged),
        "incidents": grouping(counted),
        "incidents_ceiling": grouping(possible) if len(possible.faults) == len(counted.faults) else None,
        "possible": in_hindsight(faults, CEILING) if CEILING in known else None,
        "in_hindsight": in_hindsight(faults, MODEL),
    }
    found["bars"] = [one.as_json() for one in bars(found)] if faults else []
    return found


def _method(faults: Sequence[Judged], name: str) -> dict[str, Any]:
    strata: dict[str, dict[str, list[tuple[Answer, Judged]]]] = {}
    pairs = pairs_of(faults, name)
    for pair in pairs:
        for stratum, value in pair[1].strata.items():
            strata.setdefault(stratum, {}).setdefault(value, []).append(pair)
    return {
        "ranking": ranking(pairs),
        "abstention": abstention(pairs),
        "strata": {
            stratum: {value: ranking(those, _TIMES) for value, those in sorted(values.items())}
            for stratum, values in sorted(strata.items())
        },
    }


def _moment(faults: Sequence[Judged], after: int) -> dict[str, Any]:
    pairs = [(one.later.get(after, NO_ANSWER), one) for one in faults]
    return {"ranking": ranking(pairs), "abstention": abstention(pairs)}


def _times(faults: Sequence[Judged]) -> dict[str, Any]:
    """Seconds from the first true alert to a guilty change among the first three; null is never."""
    seconds = sorted(one.seconds for one in faults if one.by_change)
    found: dict[str, Any] = {"n": len(seconds)}
    for name, level in (("p50", 0.5), ("p95", 0.95)):
        at = seconds[max(0, math.ceil(level * len(seconds)) - 1)] if seconds else math.inf
        found[name] = at if math.isfinite(at) else None
    found["never"] = sum(not math.isfinite(one) for one in seconds) / len(seconds) if seconds else None
    return found


def _accusations(judged: Sequence[Judged]) -> dict[str, Any]:
    """False accusations: of faults without a change at any moment, and of incidents of noise."""
    without = [one for one in judged if one.fault is not None and not one.by_change]
    noise = [one for one in judged if one.fault is None]
    return {
        "ever": figure(_share([one.ever_shown for one in without]), n=len(without)),
        "noise": figure(_share([one.answers[MODEL].shown for one in noise]), n=len(noise)),
        "noise_ever": figure(_share([one.ever_shown for one in noise]), n=len(noise)),
    }


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def in_hindsight(faults: Sequence[Judged], method: str) -> dict[str, float | None]:
    """What a method reaches where it names a suspect from the best threshold on.

    That is the one with the most recall among those whose precision meets the bar, found by the truth itself:
    nobody knows it beforehand.
    """
    scored = sorted(
        (
            (answer.probability or 0.0, answer.rank(one.causes) == 1, one.by_change)
            for answer, one in pairs_of(faults, method)
        ),
        reverse=True,
    )
    changed = sum(by_change for *_, by_change in scored)
    without = len(scored) - changed
    best: dict[str, float | None] = dict.fromkeys(("shown_precision", "shown_recall", "false_accusations"))
    many = right = accused = 0
    # No threshold parts those that are equally likely.
    for _, alike in groupby(scored, key=itemgetter(0)):
        for _, hit, by_change in alike:
            many, right, accused = many + 1, right + hit, accused + (not by_change)
        if right / many >= PRECISION:
            best = {
                "shown_precision": right / many,
                "shown_recall": right / changed if changed else None,
                "false_accusations": accused / without if without else None,
            }
    return best
