"""Draws have the means and shares that they are asked for."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.evaluation.simulator.changes import draw_delay, draw_gap, gap_mean
from bot.evaluation.simulator.draws import between, erlang, exponential, lognormal, pick
from bot.evaluation.simulator.settings import Settings
from tests.evaluation.simulator.sources import source

MANY = 20_000


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_times_have_their_means() -> None:
    rng = source()
    assert mean([exponential(60.0, rng) for _ in range(MANY)]) == pytest.approx(60.0, rel=0.03)
    assert mean([erlang(3, 90.0, rng) for _ in range(MANY)]) == pytest.approx(90.0, rel=0.03)


def test_a_lognormal_time_has_its_median() -> None:
    rng = source()
    times = sorted(lognormal(500.0, 0.8, rng) for _ in range(MANY))
    assert times[MANY // 2] == pytest.approx(500.0, rel=0.03)


def test_things_are_picked_by_weight() -> None:
    rng = source()
    counted = Counter(pick([("a", 1.0), ("b", 3.0)], rng) for _ in range(MANY))
    assert counted["b"] / MANY == pytest.approx(0.75, abs=0.01)


def test_between_is_even_in_the_logarithm() -> None:
    assert between(1.0, 100.0, 0.5) == pytest.approx(10.0)


def test_gaps_have_the_quantiles_of_the_operator() -> None:
    rng = source()
    gaps = sorted(draw_gap(1.0, rng) for _ in range(MANY))
    minutes = [gaps[int(level * MANY)] / 60.0 for level in (0.25, 0.5, 0.9)]
    assert minutes == pytest.approx([3.0, 17.0, 677.0], rel=0.1)
    assert mean(gaps) == pytest.approx(gap_mean(), rel=0.05)


def test_delays_are_a_mixture_up_to_a_day() -> None:
    rng = source()
    delays = [draw_delay(Settings(), rng) for _ in range(MANY)]
    assert sum(delay > 6 * 3_600 for delay in delays) / MANY == pytest.approx(0.08, abs=0.015)
    assert sum(delay < 600 for delay in delays) / MANY == pytest.approx(0.58, abs=0.03)
    assert max(delays) <= 86_400
