"""What a fault is expected to do next agrees with itself: nothing gets lost between alerts and quiet."""

from __future__ import annotations

import math

import pytest

from bot.evaluation.ceiling.unfolding import Faults
from bot.evaluation.simulator.changes import GLOBAL
from bot.evaluation.simulator.settings import Settings
from tests.evaluation.ceiling.test_spread import GRAPH, NAMES

RATES = {"core": 1e-5, "db": 2e-5, "web": 0.5e-5, GLOBAL: 1e-6}


def test_every_fault_shows_first_at_one_service() -> None:
    faults = Faults(GRAPH, Settings(), RATES)
    assert math.fsum(map(faults.begins, NAMES)) == pytest.approx(math.fsum(RATES.values()), rel=0.05)
    assert faults.begins("elsewhere") == 0.0


def test_what_is_quiet_and_what_alerts_next_make_up_the_whole() -> None:
    """The weight falls by just what the next alerts take from it, up to the grid on which quiet is known."""
    faults = Faults(GRAPH, Settings(), RATES)
    unfolding = faults.begin("core", 0.0)
    others = [name for name in NAMES if name != "core"]
    for start, end in ((0, 30), (30, 150), (150, 450)):
        middle = [start + (place + 0.5) * (end - start) / 60 for place in range(60)]
        taken = math.fsum(
            faults.next_alert(unfolding, name, at)[1] * (end - start) / 60 for at in middle for name in others
        )
        lost = faults.weight(unfolding, start) - faults.weight(unfolding, end)
        assert taken == pytest.approx(lost, rel=0.15)


def test_an_alert_tells_where_the_root_is() -> None:
    faults = Faults(GRAPH, Settings(), RATES)
    above, below = faults.begin("api", 0.0), faults.begin("api", 0.0)
    faults.add(above, "web", 20.0)
    faults.add(below, "core", 20.0)
    weights, chances = zip(*(faults.next_alert(one, "db", 40.0) for one in (above, below)), strict=True)
    assert weights == (faults.weight(above, 40.0), faults.weight(below, 40.0))
    assert chances[0] / weights[0] < chances[1] / weights[1]


def test_what_nothing_explains_leaves_the_rest_as_it_is() -> None:
    faults = Faults(GRAPH, Settings(), {"core": 1e-5})
    unfolding = faults.begin("core", 0.0)
    weight, chance = faults.next_alert(unfolding, "api", 30.0)
    faults.add(unfolding, "elsewhere", 20.0)
    assert faults.next_alert(unfolding, "elsewhere", 30.0)[1] == 0.0
    same = faults.next_alert(unfolding, "api", 30.0)
    assert same[1] / same[0] == pytest.approx(chance / weight)
