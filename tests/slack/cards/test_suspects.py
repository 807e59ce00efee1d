from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.domain.suspects import Suspect, Term
from bot.slack.cards.suspects import suspects_card
from tests.slack.checks import assert_slack_takes, words
from tests.support.incident_views import MANY, NOW, change, incident, ranking, view, views

if TYPE_CHECKING:
    from bot.domain.view import IncidentView


@settings(max_examples=MANY, deadline=None)
@given(views)
def test_slack_takes_it_whatever_the_view_holds(any_view: IncidentView) -> None:
    assert_slack_takes(suspects_card(any_view))


def test_a_suspect_has_its_probability_and_signed_reasons() -> None:
    card = suspects_card(view())
    shown = words(card)
    assert "*1. 72 %* Deploy of `checkout` · `v41` → `v42`" in shown
    assert "(4 min before the first alert) · by grace · <https://ci.example/77|Look at it>" in shown
    assert "+ 4 minutes before the first alert" in shown
    assert "− deploys are common" in shown
    assert "*21 %* that no change is behind it" in shown
    assert "3 changes looked at" in shown
    assert "Uncalibrated" in shown
    assert card.text == "INC-12: most suspect is the deploy of checkout, 72 %"


def test_at_most_five_and_the_strongest_reasons() -> None:
    terms = tuple(Term(f"t{n}", float(n) * (-1) ** n, f"reason {n}") for n in range(7))
    many = tuple(Suspect(change(service=f"s{n}"), 0.1, terms) for n in range(8))
    shown = words(suspects_card(view(ranking=ranking(suspects=many, calibrated=True))))
    assert "*5. 10 %*" in shown
    assert "*6." not in shown
    assert "reason 6" in shown
    assert "reason 2" not in shown
    assert "Uncalibrated" not in shown


def test_no_suspect_is_an_answer_with_its_reasons() -> None:
    nothing = ranking(suspects=(), shown=False, no_change=0.997, considered=1)
    card = suspects_card(view(ranking=nothing))
    assert card.blocks[0]["text"]["text"] == "No suspect change"
    assert "*No suspect change* (over 99 % sure)" in words(card)
    assert "+ a third of all incidents follow no change" in words(card)
    assert "1 change looked at" in words(card)
    assert card.text == "INC-12: no suspect change (over 99 %)"


def test_suspects_not_worth_naming_are_not_named() -> None:
    shown = words(suspects_card(view(ranking=ranking(shown=False))))
    assert "Deploy" not in shown


def test_a_change_after_the_onset_says_so() -> None:
    late = Suspect(change(time=NOW, author="", url=""), 0.003, (Term("zero", 0.0, ""),))
    shown = words(
        suspects_card(
            view(incident=incident(onset=NOW - timedelta(seconds=40)), ranking=ranking(suspects=(late,)))
        )
    )
    assert "*1. under 1 %*" in shown
    assert "(40 s after the first alert)" in shown
    assert "= zero" in shown


def test_before_the_first_ranking() -> None:
    assert "not been ranked yet" in suspects_card(view(ranking=None)).text
