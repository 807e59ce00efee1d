from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.domain.suspects import LaterTrouble, Suspect, Term
from bot.domain.verdicts import Judgement
from bot.slack.cards.suspects import suspects_card
from tests.slack.checks import assert_slack_takes, buttons, words
from tests.support.incident_views import MANY, NOW, change, incident, ranking, verdict, view, views

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


def test_where_no_change_is_known_nothing_is_said_to_be_sure() -> None:
    """An installation that sends no deploys would read it on every incident."""
    card = suspects_card(view(ranking=ranking(suspects=(), shown=False, no_change=0.9999, considered=0)))
    assert card.blocks[0]["text"]["text"] == "No suspect change"
    assert "*No changes are known* that could be behind it: nothing is known to have changed" in words(card)
    assert "sure)" not in words(card)
    assert "Uncalibrated" not in words(card)
    assert card.text == "INC-12: no changes are known that could be behind it"


def test_suspects_not_worth_naming_are_not_named() -> None:
    shown = words(suspects_card(view(ranking=ranking(shown=False, no_change=0.79))))
    assert "Deploy" not in shown
    assert "*No suspect change* (79 % sure)" in shown


def test_where_a_change_is_likely_and_none_stands_out_all_are_listed() -> None:
    close = tuple(
        Suspect(change(change_id=f"d{n}", service=f"s{n}"), chance, ())
        for n, chance in enumerate((0.26, 0.25, 0.21, 0.17, 0.1))
    )
    card = suspects_card(view(ranking=ranking(suspects=close, shown=False, no_change=0.0075)))
    assert_slack_takes(card)
    shown = words(card)
    assert "*A change is probably behind this* (99 %), but none stands out" in shown
    assert [f"*{n}. {chance} %*" in shown for n, chance in ((1, 26), (2, 25), (5, 10))] == [True] * 3
    assert "*1 %* that no change is behind it" in shown
    assert "suspect change*" not in shown.lower()
    assert [action for action, _ in buttons(card)] == ["verdict.no_change"], "none is put before the others"
    assert len([block for block in card.blocks if "accessory" in block]) == 5
    assert card.text == "INC-12: a change is probably behind it (99 %), but none stands out"


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


def test_later_trouble_is_told_apart_with_the_suspect_for_what_came_before() -> None:
    former = Suspect(change(change_id="d1", service="cart"), 0.81, ())
    apart = LaterTrouble(NOW - timedelta(minutes=4), ("search", "web"), 0.93, former)
    shown = words(suspects_card(view(ranking=ranking(later=apart))))
    assert "*New trouble since*" in shown
    assert "(93 %) · search, web" in shown
    assert "For what began before that, *81 %*: Deploy of `cart`" in shown
    assert "(2 min before the first of these alerts)" in shown
    alone = words(suspects_card(view(ranking=ranking(later=LaterTrouble(NOW, ("web",), 0.93)))))
    assert "began before" not in alone
    assert "The suspects below are those for it." in alone


def test_where_nothing_explains_later_trouble_the_suspect_for_what_came_before_can_be_judged() -> None:
    former = Suspect(change(change_id="d1", service="cart"), 0.99, ())
    apart = LaterTrouble(NOW, ("a", "b", "c", "d"), 0.97, former)
    card = suspects_card(view(ranking=ranking(shown=False, no_change=0.98, later=apart)))
    assert_slack_takes(card)
    shown = words(card)
    assert "(97 %) · a, b, c and 1 more" in shown
    assert "No change stands out as its cause." in shown
    assert "Suspect changes" in shown
    assert card.text == "INC-12: no suspect change for the new trouble; before it the deploy of cart"
    assert [json.loads(one["block_id"]) for one in card.blocks if "accessory" in one] == [["argocd", "d1"]]
    listed = ranking(suspects=(*ranking().suspects, former), later=apart)
    assert_slack_takes(suspects_card(view(ranking=listed)))


def test_before_the_first_ranking() -> None:
    assert "not been ranked yet" in suspects_card(view(ranking=None)).text


def test_each_suspect_can_be_judged_and_so_can_no_change() -> None:
    second = Suspect(change(change_id="flag-7", service="cart"), 0.2, ())
    card = suspects_card(view(ranking=ranking(suspects=(*ranking().suspects, second))))
    assert_slack_takes(card)
    about = '{"incident":"0195","source":"argocd","change":"deploy-77"}'
    assert buttons(card) == [
        ("verdict.caused", about),
        ("verdict.did_not", about),
        ("verdict.no_change", '{"incident":"0195"}'),
    ]
    (menu,) = (block for block in card.blocks if "accessory" in block)
    assert menu["block_id"] == '["argocd","flag-7"]'
    assert [one["text"]["text"] for one in menu["accessory"]["options"]] == ["Caused it", "Did not cause it"]
    assert "`/incident blame CHANGE-ID`" in words(card)


def test_a_change_whose_names_fit_nowhere_has_no_menu() -> None:
    second = Suspect(change(change_id="x" * 300, service="cart"), 0.2, ())
    card = suspects_card(view(ranking=ranking(suspects=(*ranking().suspects, second))))
    assert not any("accessory" in block for block in card.blocks)


def test_a_named_cause_heads_the_card_with_who_says_so() -> None:
    blamed = (
        Suspect(change(), 1.0, (Term("verdict", 20.0, "caused it, says @ada"), Term("d", 1.0, "soon"))),
    )
    card = suspects_card(view(ranking=ranking(suspects=blamed), verdicts=(verdict(),)))
    shown = words(card)
    assert card.blocks[0]["text"]["text"] == "What caused it"
    assert "*Caused it*, says @ada" in shown
    assert "Deploy of `checkout` · `v41` → `v42`" in shown
    assert "+ soon" in shown
    assert "caused it, says @ada" not in shown.replace("*Caused it*", ""), "said once"
    assert "%" not in shown
    assert buttons(card) == [("verdict.withdraw", '{"incident":"0195","verdict":"v1"}')]
    assert card.text == "INC-12: caused by the deploy of checkout, says @ada"


def test_that_no_change_caused_it_heads_the_card() -> None:
    none = verdict(judgement=Judgement.NO_CHANGE, change=None)
    card = suspects_card(view(ranking=ranking(shown=False, no_change=1.0), verdicts=(none,)))
    assert "*No change caused this*, says @ada" in words(card)
    assert [action for action, _ in buttons(card)] == ["verdict.withdraw"]
    assert card.text == "INC-12: no change caused it, says @ada"


def test_what_is_ruled_out_is_said_below_and_can_be_taken_back() -> None:
    cleared = [
        verdict(id=f"v{n}", judgement=Judgement.DID_NOT, change=change(change_id=f"c{n}", service=f"s{n}"))
        for n in range(5)
    ]
    later = [replace(one, at=NOW + timedelta(minutes=n)) for n, one in enumerate(cleared)]
    card = suspects_card(view(verdicts=tuple(later)))
    assert "*Ruled out* by @ada: Deploy of `s4`" in words(card)
    assert "and 2 more ruled out" in words(card)
    accessories = [block["accessory"] for block in card.blocks if "accessory" in block]
    assert [one["value"] for one in accessories][:1] == ['{"incident":"0195","verdict":"v4"}']
    assert "*1. 72 %*" in words(card)


def test_a_word_counts_before_the_first_ranking() -> None:
    card = suspects_card(view(ranking=None, verdicts=(verdict(),)))
    assert "*Caused it*, says @ada" in words(card)
