from __future__ import annotations

from datetime import timedelta

from bot.domain.rule_watch import CostBound, RuleRecord
from tests.domain.world import at

BOUND = CostBound(seconds=0.01, strikes=3, rest=timedelta(minutes=5))


def test_the_last_match_is_the_latest() -> None:
    record = RuleRecord()
    for minute in (1, 3, 2):
        record.matched(at(minute))
    assert (record.matches, record.last_matched) == (3, at(3))


def test_a_slow_condition_rests_and_comes_back() -> None:
    record = RuleRecord()
    for minute in range(3):
        assert not record.rests(at(minute))
        record.took(0.02, at(minute), BOUND)
    assert record.rests(at(2))
    assert record.rests(at(6.9))
    assert "more than 10 ms for 3 alerts in a row, 20.0 ms at last" in record.resting
    assert not record.rests(at(7))
    assert (record.resting, record.rests_until) == ("", None)
    record.took(0.02, at(7), BOUND)
    assert not record.rests(at(7))


def test_once_in_a_while_is_not_in_a_row() -> None:
    record = RuleRecord()
    for number in range(20):
        record.took(0.02 if number % 3 else 0.001, at(number), BOUND)
    assert not record.rests(at(20))
    assert record.evaluations == 20
    assert 0.26 < record.seconds < 0.28
