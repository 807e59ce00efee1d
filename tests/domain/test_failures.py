from __future__ import annotations

from dataclasses import replace

from bot.domain.failures import FailureRate, causes, rates_of, together
from bot.domain.verdicts import Judgement, Verdict
from tests.support.facts import NOW, change

A, B = change("a"), change("b", "db")


def said(judgement: Judgement, about: object = None) -> Verdict:
    return Verdict("v", "i", judgement, about, "u", "@u", "slack", NOW)  # type: ignore[arg-type] # a change or None


def test_causes_are_those_that_count_each_once() -> None:
    taken_back = replace(said(Judgement.CAUSED, B), withdrawn_at=NOW)
    histories = [
        [said(Judgement.CAUSED, A)],
        [said(Judgement.CAUSED, A)],
        [taken_back],
        [said(Judgement.NO_CHANGE)],
        [said(Judgement.DID_NOT, B)],
    ]
    assert causes(histories) == [A]


def test_rates_by_service_the_most_failed_first() -> None:
    rates = rates_of({"checkout": 4, "db": 2, "web": 9}, [A, B, change("c")])
    assert rates == (FailureRate("checkout", 4, 2), FailureRate("db", 2, 1), FailureRate("web", 9, 0))
    assert [one.rate for one in rates] == [0.5, 0.5, 0.0]
    assert together(rates) == FailureRate("*", 15, 3)


def test_without_changes_there_is_no_rate() -> None:
    assert together(()).rate is None
    assert rates_of({}, [A]) == (FailureRate("checkout", 0, 1),)
