from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delays import (
    DelayMixture,
    LogNormal,
    against_uniform,
    chances,
    log_densities,
    staircase,
    step_of,
)

MINUTE, HOUR = 60.0, 3_600.0


def test_the_shares_of_the_mixture_make_one() -> None:
    assert sum(part.weight for part in DelayMixture().parts) == pytest.approx(1)


def test_the_density_integrates_to_one() -> None:
    mixture = DelayMixture()
    steps = [10 ** (power / 50) for power in range(50 * 7)]
    total = sum(
        sum(part.density(math.sqrt(a * b)) for part in mixture.parts) * (b - a) for a, b in pairwise(steps)
    )
    assert total == pytest.approx(1, abs=0.01)


@given(st.floats(30, 86_400))
def test_the_curve_is_the_density_within_its_step(seconds: float) -> None:
    mixture = DelayMixture()
    exact = math.log(sum(part.density(seconds) for part in mixture.parts))
    assert mixture.log_density(seconds) == pytest.approx(exact, abs=0.05)


def test_a_delay_of_hours_stays_possible() -> None:
    mixture = DelayMixture()
    delays = [3 * MINUTE, 25 * MINUTE, 2 * HOUR, 12 * HOUR]
    values = [mixture.log_density(delay) for delay in delays]
    assert values == sorted(values, reverse=True)
    assert values[0] - values[-1] < 8


def test_what_is_shorter_than_alerting_can_tell_counts_as_the_shortest() -> None:
    mixture = DelayMixture()
    assert mixture.log_density(0) == mixture.log_density(mixture.shortest)


def test_no_length_leaves_the_curve() -> None:
    assert step_of(1e12) == step_of(30 * 86_400) == len(log_densities(DelayMixture())) - 1
    narrow = DelayMixture((LogNormal(1.0, MINUTE, 0.05),))
    assert math.isfinite(narrow.log_density(1e9))


@given(st.floats(-300, 100_000), st.sampled_from((3_600.0, 86_400.0)))
def test_the_stairs_say_what_the_curve_says(seconds: float, look_back: float) -> None:
    mixture, passed = DelayMixture(), timedelta(seconds=seconds)
    value = staircase(mixture, look_back, 120.0, 0.1).value(passed)
    if not timedelta(seconds=-120) <= passed <= timedelta(seconds=look_back):
        assert value == -math.inf
    else:
        early = math.log(0.1) if passed < timedelta(0) else 0.0
        assert value == pytest.approx(
            mixture.log_density(passed.total_seconds()) + math.log(look_back) + early
        )


@given(st.floats(-300, 2_500_000), st.sampled_from((3_600.0, 86_400.0)))
def test_the_chances_of_a_step_are_the_curve_also_beyond_the_look_back(
    seconds: float, look_back: float
) -> None:
    mixture, passed = DelayMixture(), timedelta(seconds=seconds)
    value = chances(mixture, look_back, 120.0, 0.1).value(passed)
    if passed < timedelta(seconds=-120):
        assert value == 0
    else:
        early = 0.1 if passed < timedelta(0) else 1.0
        exact = look_back * math.exp(mixture.log_density(passed.total_seconds()))
        assert value == pytest.approx(exact * early)


@given(st.integers(30_000_000, 86_400_000_000))
def test_the_stairs_change_where_the_curve_does(microseconds: int) -> None:
    passed = timedelta(microseconds=microseconds)
    curve = against_uniform(DelayMixture(), 86_400.0)
    value = staircase(DelayMixture(), 86_400.0, 120.0, 0.1).value(passed)
    assert value == curve[step_of(passed.total_seconds())]
