from __future__ import annotations

from dataclasses import replace

from bot.domain.change import ChangeKind, Wave, as_told, merged
from tests.support.facts import change, later


def test_a_newer_statement_adds_its_waves_and_keeps_the_end() -> None:
    known = change("c1", waves=(Wave(later(0), 0.1), Wave(later(5), 0.5)), ended_at=later(9), rolls_back="c0")
    newer = change("c1", waves=(Wave(later(7), 1.0), Wave(later(5), 0.6)), summary="corrected")
    stands = merged(known, newer)
    assert stands.waves == (Wave(later(0), 0.1), Wave(later(5), 0.6), Wave(later(7), 1.0))
    assert (stands.ended_at, stands.rolls_back, stands.summary) == (later(9), "c0", "corrected")


def test_a_change_last_reached_something_with_its_latest_wave() -> None:
    assert change(at=-5).latest == later(-5)
    assert change(at=-5, waves=(Wave(later(7)), Wave(later(3)))).latest == later(7)


def test_what_takes_another_change_back() -> None:
    assert change(kind=ChangeKind.ROLLBACK).undoes
    assert change(rolls_back="c0").undoes
    assert not replace(change()).undoes


def test_of_a_change_that_was_told_of_earlier_later_waves_and_a_later_end_were_not_known() -> None:
    stands = change(at=0, received_at=later(60), waves=(Wave(later(1)), Wave(later(40))), ended_at=later(50))
    first = as_told(stands, later(10))
    assert (first.received_at, first.waves, first.ended_at) == (later(10), stands.waves[:1], None)
    assert as_told(stands, later(55)) == replace(stands, received_at=later(55))
    assert as_told(stands, later(60)) is stands
