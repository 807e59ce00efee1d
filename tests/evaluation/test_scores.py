"""How far probabilities are to be believed, with an interval that chance does not push up."""

from __future__ import annotations

from random import Random

import pytest

from bot.evaluation.answers import MODEL, Answer, Judged
from bot.evaluation.bootstrap import reflected
from bot.evaluation.report import in_hindsight
from bot.evaluation.scores import calibration
from bot.evaluation.truth import Fault


def said_and_came(many: int, seed: int) -> list[tuple[float, bool]]:
    """Chances from 0 to 1, and whether it came so: as often as was said."""
    chance = Random(seed)  # noqa: S311 - draws of a test
    said = [chance.random() for _ in range(many)]
    return [(one, chance.random() < one) for one in said]


@pytest.mark.unmeasured
def test_of_good_probabilities_the_error_may_be_nothing() -> None:
    found = [calibration(said_and_came(400, seed))["ece"] for seed in range(20)]
    for one in found:
        low, high = one["interval"]
        assert low <= one["value"] <= high
    # Of as many percentile intervals none would begin below 0.03.
    assert sum(one["interval"][0] < 0.01 for one in found) >= 14


def test_of_bad_ones_the_interval_is_about_the_error() -> None:
    found = calibration([(0.9, one % 2 == 0) for one in range(1_000)])["ece"]
    assert found["value"] == pytest.approx(0.4)
    low, high = found["interval"]
    assert (low, high) == pytest.approx((0.4 - 1.96 * 0.0158, 0.4 + 1.96 * 0.0158), abs=0.005)


def test_without_probabilities_there_is_no_error() -> None:
    assert calibration([])["ece"] == {"value": None, "n": 0}


@pytest.mark.parametrize(
    ("span", "value", "expected"),
    [
        ((0.3, 0.6), 0.4, (0.2, 0.5)),
        ((0.1, 0.9), 0.4, (0.0, 0.7)),
        ((0.0213, 0.0519), 0.0205, (0.0, 0.0205)),
        ((0.1, 0.2), 0.3, (0.3, 0.5)),
    ],
)
def test_what_resamples_are_off_by_is_taken_off(
    span: tuple[float, float], value: float, expected: tuple[float, float]
) -> None:
    assert reflected(span, value) == pytest.approx(expected)


def test_hindsight_parts_none_that_are_equally_likely() -> None:
    fault = Fault("case", 0, ("a",), by_change=True, causes=frozenset({"guilty"}))
    judged = [
        Judged(
            "case",
            fault,
            "incident",
            {MODEL: Answer(("guilty" if number < 4 else "other",), 0.9, probability=0.5)},
        )
        for number in range(10)
    ]
    assert in_hindsight(judged, MODEL)["shown_recall"] is None
    sure = Judged("case", fault, "incident", {MODEL: Answer(("guilty",), 0.9, probability=0.8)})
    assert in_hindsight([*judged, sure], MODEL)["shown_recall"] == pytest.approx(1 / 11)
