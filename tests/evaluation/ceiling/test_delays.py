"""The density of the delay is that of the draws."""

from __future__ import annotations

import pytest

from bot.evaluation.ceiling.delays import delay_density, delay_table
from bot.evaluation.simulator.changes import draw_delay
from bot.evaluation.simulator.settings import Settings
from tests.evaluation.simulator.sources import source


def test_it_sums_to_one() -> None:
    assert sum(delay_table(Settings())) == pytest.approx(1.0, abs=0.002)


def test_nothing_shows_before_its_wave_or_after_a_day() -> None:
    assert delay_density(Settings(), -1.0) == 0.0
    assert delay_density(Settings(), 90_000.0) == 0.0


@pytest.mark.unmeasured
@pytest.mark.parametrize(("low", "high"), [(0, 300), (300, 3_600), (3_600, 21_600), (21_600, 86_400)])
def test_it_is_the_density_of_what_is_drawn(low: int, high: int) -> None:
    rng = source()
    many = 20_000
    drawn = sum(low <= draw_delay(Settings(), rng) < high for _ in range(many)) / many
    assert sum(delay_table(Settings())[low:high]) == pytest.approx(drawn, abs=0.01)
