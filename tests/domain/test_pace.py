"""How often services are usually changed, and what that does to a ranking."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alert import UNKNOWN
from bot.domain.correlation import DEFAULT_PARAMETERS, rank
from bot.domain.pace import Pace, look_backs
from tests.domain.test_correlation import CALLS, change, evidence, terms
from tests.domain.world import at

if TYPE_CHECKING:
    from bot.domain.change import Change
    from bot.domain.suspects import Ranking

WEEK = 7.0


def paced(made: dict[str, int], *changes: Change) -> Ranking:
    """The ranking of an alert of `checkout`, where a week had so many changes."""
    pace = Pace({"production": made}, WEEK)
    return rank(evidence("checkout"), changes, CALLS, DEFAULT_PARAMETERS, pace)


def test_a_week_is_seven_days_of_looking_back() -> None:
    assert look_backs(timedelta(days=7), 86_400.0) == pytest.approx(7)
    assert look_backs(timedelta(hours=1), 86_400.0) == 1


def test_changes_of_an_unnamed_environment_count_in_part_everywhere() -> None:
    pace = Pace({"production": {"web": 4}, UNKNOWN: {"web": 2, "mail": 2}, "staging": {"web": 9}}, 1)
    assert pace.of("web", "production", 0.5) == 5
    assert pace.of("mail", "production", 0.5) == 1
    assert pace.of("bank", "production", 0.5) == 0
    assert pace.of("web", "eu", 0.5) == 1
    assert pace.of("web", UNKNOWN, 0.5) == 15
    assert Pace({"staging": {"web": 9}}, 1).of("web", "production", 0.5) == 0


def test_a_change_where_something_is_seldom_changed_is_more_suspect() -> None:
    seldom, often = paced({"checkout": 1}, change()), paced({"checkout": 140}, change())
    assert terms(seldom)["prior"] > terms(often)["prior"]
    assert seldom.no_change < often.no_change


def test_in_a_busier_day_than_usual_a_change_is_likelier_behind_it() -> None:
    many = [change(before=30 + 7 * number, number=number) for number in range(20)]
    assert paced({"checkout": 20}, *many).no_change < paced({"checkout": 140}, *many).no_change


def test_where_nothing_was_changed_it_rather_breaks_where_it_often_is() -> None:
    """That `payments` alerts too speaks for a change to it less where it often breaks by itself."""
    deploy = change("payments", before=30)
    seen = evidence("checkout", "payments")
    here = Pace({"production": {"payments": 40, "bank": 1}}, WEEK)
    there = Pace({"production": {"payments": 1, "bank": 40}}, WEEK)
    first, second = (rank(seen, [deploy], CALLS, DEFAULT_PARAMETERS, pace) for pace in (here, there))
    assert terms(first)["services"] < terms(second)["services"]


def test_what_has_not_been_counted_yet_counts_all_the_same() -> None:
    several = [change(before=4 + number, number=number) for number in range(14)]
    assert terms(paced({}, *several)) == terms(paced({"checkout": 14}, *several))


def test_changes_that_concern_every_service_count_among_the_usual_ones() -> None:
    quiet, loud = paced({"checkout": 7}, change()), paced({"checkout": 7, "global": 70}, change())
    assert terms(quiet)["prior"] > terms(loud)["prior"]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (0, "the only change to these services in the 24 h before (there is hardly ever one)"),
        (2, "the only change to these services in the 24 h before (one in 4 d is usual)"),
        (5, "the only change to these services in the 24 h before (one in 34 h is usual)"),
        (7, "the only change to these services in the 24 h before (1 is usual)"),
        (10, "the only change to these services in the 24 h before (1.4 are usual)"),
        (700, "the only change to these services in the 24 h before (100 are usual)"),
    ],
)
def test_the_reason_says_what_is_usual(made: int, text: str) -> None:
    seen = evidence("checkout")
    long = Pace({"production": {"checkout": made}}, WEEK if made else 100.0)
    ranking = rank(seen, [change()], CALLS, DEFAULT_PARAMETERS, long)
    assert ranking.suspects[0].reasons[0].text == text


def test_without_a_history_the_candidates_are_all_there_is_to_go_by() -> None:
    (unknown,) = rank(evidence("checkout"), [change()], CALLS, DEFAULT_PARAMETERS).suspects
    assert unknown.reasons[0].text == "the only change to these services in the 24 h before"
    assert unknown.change.time < at(0)
