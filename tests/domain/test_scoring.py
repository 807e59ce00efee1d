"""Waves, history and what a fault without a change looks like, in the sums."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bot.domain.change import Change, ChangeKind, Wave
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.spread import Sighting, Spread
from bot.domain.suspects import Evidence, Ranking, Seen
from tests.domain.test_correlation import CALLS, change, evidence, ranked, terms
from tests.domain.world import at


def delay(one: Change) -> float:
    return terms(ranked(evidence("checkout"), one))["delay"]


def test_a_fresh_wave_makes_an_old_rollout_suspect() -> None:
    begun = change(before=600)
    waved = replace(begun, waves=(Wave(at(-600), 0.5), Wave(at(-4), 1.0)))
    assert delay(begun) < delay(waved) < delay(change(before=4))


def test_a_canary_is_a_weaker_suspect_than_the_whole() -> None:
    canary = replace(change(before=4), waves=(Wave(at(-4), 0.05),))
    assert delay(canary) == pytest.approx(delay(change(before=4)) + math.log(0.9 * 0.05 + 0.1))


def test_waves_of_unknown_size_are_alike_and_those_to_come_count_for_nothing() -> None:
    unsaid = replace(change(before=4), waves=(Wave(at(-4)), Wave(at(30))))
    assert delay(unsaid) == pytest.approx(delay(change(before=4)))
    all_to_come = replace(change(before=4), waves=(Wave(at(30), 1.0),))
    assert delay(all_to_come) == pytest.approx(delay(change(before=4)))


def test_a_rollout_beyond_the_look_back_is_no_hypothesis() -> None:
    old = replace(change(before=3_000), waves=(Wave(at(-2_900)),))
    assert ranked(evidence("checkout"), old).considered == 0


def test_a_step_beyond_the_look_back_counts_for_little_but_its_share_is_not_newly_reached() -> None:
    late = replace(change(before=3_000), waves=(Wave(at(-2_900), 0.5), Wave(at(-4), 1.0)))
    assert delay(late) == pytest.approx(delay(change(before=4)) + math.log(0.8 * 0.5 + 0.1), abs=0.01)


def test_a_step_that_reaches_nothing_new_says_next_to_nothing() -> None:
    again = replace(change(before=4), waves=(Wave(at(-4), 0.0),))
    nothing = terms(ranked(evidence("checkout"), again, by_share=1.0))["delay"]
    assert nothing == pytest.approx(math.log(1e-300))


def test_a_service_that_was_guilty_more_often_is_more_suspect() -> None:
    here, there = change("checkout"), change("payments")
    taught = ranked(evidence("checkout"), here, there, services={"checkout": 3.0, "payments": 1.0})
    assert terms(taught)["history"] == pytest.approx(math.log(3))
    assert "history" not in terms(taught, 1)
    assert "have caused 3.0 times as many" in taught.suspects[0].reasons[-1].text


def test_where_much_is_changed_more_fails_by_itself() -> None:
    changes = [change("checkout", 300 + number, number=number) for number in range(9)]
    quiet = ranked(evidence("checkout"), *changes, busy=0.0)
    busy = ranked(evidence("checkout"), *changes, busy=0.9)
    assert busy.no_change > quiet.no_change


def test_without_faults_of_all_services_a_global_change_explains_the_more() -> None:
    strangers = ("web", "mail", "search", "bank")
    never = replace(DEFAULT_PARAMETERS.spread, common=0.0)
    seldom = ranked(evidence(*strangers), change("global"))
    assert ranked(evidence(*strangers), change("global"), spread=never).no_change < seldom.no_change


def test_every_clue_is_a_term_and_the_terms_sum_to_the_score() -> None:
    guilty = Change(
        *("c1", "ci", ChangeKind.DEPLOY, "checkout", "unknown", at(-5), at(-5)),
        summary="lower the retry budget",
        version="2",
        previous_version="1",
        scope={"region": "eu"},
    )
    others = [
        replace(guilty, change_id=f"c{place}", summary="update", scope={"region": "us"}, time=at(-9 - place))
        for place in range(2, 6)
    ]
    undone = Change("r", "ci", ChangeKind.ROLLBACK, "checkout", "production", at(3), at(3), rolls_back="c1")
    seen = Seen("checkout", "RetryStorm", at(0), at(6), "", {"region": "eu", "version": "2"}, at(-60))
    found = Evidence("i", "production", at(9), {"checkout": at(0)}, (seen,))
    ranking: Ranking = ranked(found, guilty, *others, undone, services={"checkout": 2.0})
    assert set(terms(ranking)) == {
        *("prior", "delay", "services", "kind", "environment", "history"),
        *("scope", "version", "before", "recovery", "words"),
    }
    sums = [sum(term.value for term in one.reasons) for one in ranking.suspects]
    none = sum(term.value for term in ranking.no_change_reasons)
    total = sum(map(math.exp, sums)) + math.exp(none)
    assert [one.probability for one in ranking.suspects] == pytest.approx(
        [math.exp(value) / total for value in sums]
    )


@pytest.mark.parametrize("cascade", [0.0, 1.0])
def test_either_mechanism_alone_finds_the_root(cascade: float) -> None:
    sighting = Sighting(["checkout", "web", "payments"], 600, CALLS, Spread(cascade=cascade))
    assert max(sorted(CALLS.names()), key=sighting.log_likelihood) == "payments"


def test_more_alerts_of_callers_raise_what_they_call() -> None:
    def lead(*alerting: str) -> float:
        sighting = Sighting(alerting, 600, CALLS, Spread())
        return sighting.log_likelihood("payments") - sighting.log_likelihood("web")

    assert lead("payments") < lead("payments", "checkout") < lead("payments", "checkout", "mail")


def test_an_alert_without_a_name_may_be_the_roots_own() -> None:
    named = Sighting(["web"], 600, CALLS, Spread()).log_likelihood("checkout")
    assert Sighting(["web"], 600, CALLS, Spread(), unnamed=True).log_likelihood("checkout") > named
