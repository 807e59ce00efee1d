from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.replay.happenings import Ranked
from bot.replay.paces import Paces
from tests.domain.world import alert, at
from tests.replay.test_engine import change, engine, only, play

DAY = 86_400.0
HOURS = 60


def test_nothing_known_is_no_pace() -> None:
    assert Paces().pace(at(0), DAY) is None


def test_a_week_is_counted_by_environment_and_service() -> None:
    paces = Paces()
    for day in range(10):
        paces.hear(change(f"c{day}", made=day * 24 * HOURS))
    paces.hear(change("import", made=-8 * 24 * HOURS, told=9 * 24 * HOURS))
    paces.hear(replace(change("s", "web", made=9 * 24 * HOURS), environment="staging"))
    pace = paces.pace(at(9 * 24 * HOURS) + timedelta(hours=12), DAY)
    assert pace is not None
    assert pace.made == {"production": {"checkout": 7}, "staging": {"web": 1}}
    assert pace.look_backs == 6.5  # since the first of them was told of
    assert paces.pace(at(30 * 24 * HOURS), DAY) is None


def test_a_change_that_is_told_again_counts_once_where_it_was_made() -> None:
    paces = Paces()
    for service, told in (("web", 0), ("checkout", 5), ("checkout", 9)):
        paces.hear(change("c1", service, made=0, told=told))
    pace = paces.pace(at(10), DAY)
    assert pace is not None
    assert pace.made == {"production": {"checkout": 1}}
    paces.hear(change("c1", made=-8 * 24 * HOURS, told=10))
    assert paces.pace(at(10), DAY) is None


def test_a_replay_compares_with_what_is_usual() -> None:
    machine = engine()
    for day in range(3):
        daily = change(f"c{day}", made=(day - 3) * 24 * HOURS)
        play(machine, daily, daily)
    (ranked,) = only(Ranked, play(machine, change("new"), alert("checkout", 0)))
    assert ranked.ranking.suspects[0].reasons[0].text.endswith("in the 24 h before (1.3 are usual)")
