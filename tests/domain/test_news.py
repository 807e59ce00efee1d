from __future__ import annotations

from dataclasses import replace

from bot.domain.news import says_the_same, shows_the_same
from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
from tests.support.facts import NOW, change, later


def ranking(*probabilities: float, shown: bool = True, no_change: float = 0.1) -> Ranking:
    suspects = tuple(
        Suspect(change(f"c{place}"), probability, ()) for place, probability in enumerate(probabilities)
    )
    return Ranking("i", NOW, suspects, no_change, (), considered=5, shown=shown)


def test_the_first_answer_is_news() -> None:
    assert not says_the_same(None, ranking(0.8))
    assert not shows_the_same(None, ranking(shown=False))


def test_the_same_at_another_time_is_no_news() -> None:
    again = replace(ranking(0.8), at=later(60))
    assert says_the_same(ranking(0.8), again)
    assert shows_the_same(ranking(0.8), again)


def test_a_little_is_kept_but_not_shown() -> None:
    nearly = ranking(0.8001, 0.001)
    assert not says_the_same(ranking(0.8), nearly)
    assert shows_the_same(ranking(0.8), nearly)
    assert not says_the_same(ranking(0.8), replace(ranking(0.8), considered=6))


def test_another_percent_or_another_answer_is_shown() -> None:
    assert not shows_the_same(ranking(0.8), ranking(0.82))
    assert not shows_the_same(ranking(0.8), ranking(0.8, shown=False))
    unlikely = ranking(0.2, shown=False, no_change=0.8)
    assert shows_the_same(unlikely, ranking(0.1, shown=False, no_change=0.9))


def test_what_the_reasons_say_is_shown() -> None:
    one = ranking(0.8)
    quiet, loud = (
        replace(one, suspects=(replace(one.suspects[0], reasons=(Term("services", 1.0, text),)),))
        for text in ("2 services depending on it are quiet", "and web alerts")
    )
    assert not shows_the_same(quiet, loud), "it would contradict the alerts beside it"
    assert shows_the_same(quiet, replace(quiet, at=later(60)))


def test_what_is_listed_though_none_stands_out_is_shown() -> None:
    close = ranking(0.3, 0.3, 0.3, shown=False)
    assert not shows_the_same(ranking(0.1, 0.1, 0.1, shown=False, no_change=0.7), close)
    assert not shows_the_same(ranking(0.32, 0.28, 0.3, shown=False), close)
    assert not shows_the_same(close, ranking(0.3, 0.3, 0.3))
    assert shows_the_same(close, ranking(0.301, 0.299, 0.3, shown=False))
    assert shows_the_same(ranking(shown=False), ranking(shown=False, no_change=1.0)), "nothing to list"


def test_trouble_that_is_told_apart_is_shown_with_its_percents() -> None:
    former = Suspect(change("c9"), 0.8, ())
    told = replace(ranking(0.8), later=LaterTrouble(later(600), ("cart",), 0.9, former))
    assert not says_the_same(ranking(0.8), told)
    assert not shows_the_same(ranking(0.8), told)
    surer = replace(told, later=LaterTrouble(later(600), ("cart",), 0.93, former))
    assert not says_the_same(told, surer)
    assert not shows_the_same(told, surer)
    assert shows_the_same(told, replace(told, later=LaterTrouble(later(600), ("cart",), 0.901, former)))
    another = Suspect(change("c9"), 0.7, ())
    assert not shows_the_same(told, replace(told, later=LaterTrouble(later(600), ("cart",), 0.9, another)))
    alone = replace(told, later=LaterTrouble(later(600), ("cart",), 0.9))
    assert not shows_the_same(told, alone)
    assert not shows_the_same(replace(alone, shown=False, no_change=0.8), ranking(shown=False, no_change=0.8))
