"""Intervals by resampling counts."""

from __future__ import annotations

from random import Random
from statistics import fmean, pvariance
from typing import TYPE_CHECKING

import pytest

from bot.evaluation.bootstrap import binomial, intervals, sign_test

if TYPE_CHECKING:
    from collections.abc import Mapping


def mean(counted: Mapping[int, int]) -> dict[str, float | None]:
    return {
        "mean": sum(value * count for value, count in counted.items()) / sum(counted.values()),
        "no": None,
    }


def test_the_interval_of_a_share_is_the_binomial_one() -> None:
    found = intervals([1] * 300 + [0] * 100, mean)
    assert set(found) == {"mean"}
    low, high = found["mean"]
    assert low == pytest.approx(0.75 - 1.96 * 0.02165, abs=0.006)
    assert high == pytest.approx(0.75 + 1.96 * 0.02165, abs=0.006)


def test_what_is_always_so_has_no_spread_and_nothing_has_none() -> None:
    assert intervals([1] * 10, mean) == {"mean": (1.0, 1.0)}
    assert intervals([], mean) == {}


@pytest.mark.parametrize(
    ("tries", "share"), [(40, 0.3), (40, 0.8), (1_000, 0.01), (1_000, 0.4), (5_000, 0.9)]
)
def test_a_binomial_draw_has_its_mean_and_variance(tries: int, share: float) -> None:
    chance = Random("draws")  # noqa: S311 - draws of a test
    drawn = [binomial(tries, share, chance) for _ in range(4_000)]
    spread = tries * share * (1 - share)
    assert fmean(drawn) == pytest.approx(tries * share, abs=4 * (spread / 4_000) ** 0.5)
    assert pvariance(drawn) == pytest.approx(spread, rel=0.12)
    assert 0 <= min(drawn) <= max(drawn) <= tries


def test_draws_at_the_ends() -> None:
    chance = Random("ends")  # noqa: S311 - the same
    assert [binomial(0, 0.5, chance), binomial(9, 0.0, chance), binomial(9, 1.0, chance)] == [0, 0, 9]


def test_the_sign_test() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0
    assert sign_test(10, 0) == pytest.approx(2 / 1024)
    assert sign_test(8, 2) == pytest.approx(2 * 56 / 1024)
