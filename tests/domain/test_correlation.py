from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.catalog import Catalog
from bot.domain.change import EVERYWHERE, Change, ChangeKind
from bot.domain.correlation import DEFAULT_PARAMETERS, Parameters, rank, suspect_services
from bot.domain.pace import Pace
from bot.domain.suspects import Evidence, Ranking
from bot.domain.suspicion import MEASURED
from tests.domain.world import at, catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLS = catalog("web > checkout > payments > bank", "web > search", "mail > payments")


def change(
    service: str = "checkout",
    before: float = 4,
    kind: ChangeKind = ChangeKind.DEPLOY,
    environment: str = "production",
    number: int = 0,
) -> Change:
    """A change so many minutes before the first alert."""
    moment = at(-before)
    return Change(
        f"{service}-{kind}-{before}-{number}", "ci", kind, service, environment, moment, moment, "summary"
    )


def evidence(*alerting: str, after: float = 5, environment: str = "production") -> Evidence:
    """Services that alert since minute 0, looked at so many minutes later."""
    onsets = {service: at(position / 10) for position, service in enumerate(alerting)}
    return Evidence("incident-1", environment, at(after), onsets)


def ranked(seen: Evidence, *changes: Change, calls: Catalog = CALLS, **settings: object) -> Ranking:
    parameters = replace(DEFAULT_PARAMETERS, **settings) if settings else DEFAULT_PARAMETERS  # type: ignore[arg-type] # the settings are the parameters' own fields
    return rank(seen, changes, calls, parameters)


def best(ranking: Ranking) -> str:
    return ranking.suspects[0].change.service


def terms(ranking: Ranking, position: int = 0) -> Mapping[str, float]:
    return {term.name: term.value for term in ranking.suspects[position].reasons}


# -- which changes are looked at


def test_candidates_are_changes_to_what_alerts_and_what_it_depends_on() -> None:
    services = suspect_services(evidence("checkout"), CALLS, DEFAULT_PARAMETERS)
    assert services == {"checkout", "payments", "bank", "unknown", *EVERYWHERE}
    near = suspect_services(evidence("checkout"), CALLS, Parameters(hops=1))
    assert near == {"checkout", "payments", "unknown", *EVERYWHERE}


def test_where_no_alert_names_a_service_every_service_may_be_the_root() -> None:
    assert suspect_services(evidence("unknown"), CALLS, DEFAULT_PARAMETERS) >= CALLS.names()
    assert suspect_services(evidence(), CALLS, DEFAULT_PARAMETERS) >= CALLS.names()


def test_also_one_that_the_catalogue_does_not_know() -> None:
    made = {"production": {"checkout": 3, "unknown": 1, "*": 1}, "staging": {"lab": 4}, "unknown": {"dns": 1}}
    pace, nowhere = Pace(made, 7), catalog()
    services = suspect_services(evidence("unknown"), nowhere, DEFAULT_PARAMETERS, pace)
    assert services == {"checkout", "dns", "unknown", *EVERYWHERE}
    homeless = replace(evidence("unknown"), environment="unknown")
    assert "lab" in suspect_services(homeless, nowhere, DEFAULT_PARAMETERS, pace)
    ranking = rank(evidence("unknown"), [change("checkout")], nowhere, DEFAULT_PARAMETERS, pace)
    assert best(ranking) == "checkout"


@pytest.mark.parametrize(
    "impossible",
    [
        change(before=-3),  # after the onset, beyond what clocks may differ
        change(before=24 * 60 + 1),  # before the look-back
        change(environment="staging"),
    ],
)
def test_what_cannot_be_the_cause_is_no_hypothesis(impossible: Change) -> None:
    ranking = ranked(evidence("checkout"), impossible)
    assert (ranking.suspects, ranking.considered) == ((), 0)
    assert ranking.no_change == pytest.approx(1)
    assert not ranking.shown
    assert ranking.no_change_reasons[0].text == "nothing is known to have changed on these services"


# -- what the terms say


def test_a_fresh_deploy_of_what_alerts_is_shown_with_its_reasons() -> None:
    ranking = ranked(evidence("checkout", "web"), change("checkout", 4))
    suspect = ranking.suspects[0]
    assert ranking.shown
    assert suspect.probability > 0.9
    assert [term.name for term in suspect.reasons] == ["prior", "delay", "services", "kind"]
    assert [term.text for term in suspect.reasons[1:]] == [
        "deployed 4 min before the first alert",
        "checkout itself alerts, and web alerts and depends on it",
        "deploys cause more incidents than other changes",
    ]
    assert all(term.value > 0 for term in suspect.reasons[1:])
    assert not ranking.calibrated


@pytest.mark.parametrize(("judged", "calibrated"), [(0, False), (MEASURED - 1, False), (MEASURED, True)])
def test_probabilities_are_calibrated_once_enough_judged_incidents_taught_them(
    judged: int, calibrated: bool
) -> None:
    assert ranked(evidence("checkout"), change(), learnt_from=judged).calibrated is calibrated


def test_an_old_change_to_something_else_is_not() -> None:
    ranking = ranked(evidence("checkout"), change("bank", 600, ChangeKind.ROLLBACK))
    assert not ranking.shown
    assert ranking.no_change > 0.9
    assert ranking.no_change_reasons[0].text == "43 % of incidents have no change behind them"


def test_the_later_of_two_equal_changes_comes_first() -> None:
    ranking = ranked(evidence("checkout"), change(before=90), change(before=6))
    assert [suspect.change.time for suspect in ranking.suspects] == [at(-6), at(-90)]


def test_the_deepest_alerting_service_beats_its_callers() -> None:
    ranking = ranked(evidence("web", "checkout", "payments", "mail"), change("web", 5), change("payments", 9))
    assert best(ranking) == "payments"


def test_a_silent_root_is_found_where_all_its_callers_alert() -> None:
    ranking = ranked(evidence("checkout", "mail", "web"), change("payments", 5), change("web", 5))
    assert best(ranking) == "payments"
    assert (
        ranking.suspects[0].reasons[2].text.startswith("payments itself is quiet, but checkout, mail and web")
    )


def test_a_rollback_is_the_least_suspect_kind() -> None:
    values = [
        terms(ranked(evidence("checkout"), change(kind=kind)))["kind"]
        for kind in (ChangeKind.DEPLOY, ChangeKind.INFRA, ChangeKind.ROLLBACK)
    ]
    assert values == sorted(values, reverse=True)
    assert "kind" not in terms(ranked(evidence("checkout"), change(), kinds={}))


def test_clocks_may_differ_a_little() -> None:
    ranking = ranked(evidence("checkout"), change(before=-1), change(before=0.5))
    assert [suspect.change.time for suspect in ranking.suspects] == [at(-0.5), at(1)]
    assert "if the clocks agree" in ranking.suspects[1].reasons[1].text


def test_a_change_without_a_service_is_possible_everywhere() -> None:
    ranking = ranked(evidence("checkout"), change("unknown"), change("checkout"))
    assert best(ranking) == "checkout"
    assert terms(ranking, 1)["services"] == pytest.approx(math.log(3 / 6))


def test_a_change_of_every_service_explains_what_no_single_root_does() -> None:
    strangers = ("web", "mail", "search", "bank")
    together = ranked(evidence(*strangers), change("global"), change("web"))
    assert best(together) == "global"
    assert "concerns every service" in together.suspects[0].reasons[2].text
    one = ranked(evidence("checkout"), change("*"), change("checkout"))
    assert best(one) == "checkout"
    assert "services" not in terms(ranked(evidence("unknown"), change("all")))


def test_a_change_of_an_unnamed_environment_says_so() -> None:
    ranking = ranked(evidence("checkout"), change(environment="unknown"))
    assert terms(ranking)["environment"] == pytest.approx(math.log(0.5))
    unnamed = ranked(evidence("checkout", environment="unknown"), change())
    assert "environment" not in terms(unnamed)


def test_where_no_alert_names_a_service_time_and_kind_decide() -> None:
    ranking = ranked(evidence("unknown"), change("bank", 3), change("web", 300))
    assert best(ranking) == "bank"
    assert "services" not in terms(ranking)


def test_an_alerting_service_that_the_catalogue_does_not_know() -> None:
    ranking = ranked(evidence("new"), change("new"), change("unknown"), calls=Catalog())
    assert best(ranking) == "new"
    alone = ranked(evidence("unknown"), change("unknown"), calls=Catalog())
    assert "services" not in terms(alone)


def test_a_change_that_the_caller_adds_from_elsewhere_is_weighed_too() -> None:
    ranking = ranked(evidence("bank"), change("search"), change("bank"))
    assert best(ranking) == "bank"
    assert terms(ranking, 1)["services"] < 0


def test_an_incident_without_alerts_is_ranked_by_time() -> None:
    ranking = ranked(Evidence("i", "production", at(0), {}), change("web", 5), change("bank", 500))
    assert best(ranking) == "web"


# -- what must hold for all


CHANGES = st.lists(
    st.builds(
        change,
        service=st.sampled_from(
            ("web", "checkout", "payments", "bank", "mail", "search", "unknown", "*", "x")
        ),
        before=st.floats(-5, 1_500),
        kind=st.sampled_from(ChangeKind),
        environment=st.sampled_from(("production", "staging", "unknown")),
        number=st.integers(0, 9_999),
    ),
    max_size=12,
    unique_by=lambda one: one.change_id,
)
EVIDENCE = st.builds(
    lambda services, after, environment: evidence(*services, after=after, environment=environment),
    services=st.lists(st.sampled_from(("web", "checkout", "payments", "bank", "unknown")), unique=True),
    after=st.floats(1, 60),
    environment=st.sampled_from(("production", "unknown")),
)


@given(EVIDENCE, CHANGES)
@settings(deadline=None)
def test_the_probabilities_are_the_softmax_of_the_sums_of_the_terms(
    seen: Evidence, changes: list[Change]
) -> None:
    ranking = ranked(seen, *changes, most=len(changes) + 1)
    sums = [sum(term.value for term in suspect.reasons) for suspect in ranking.suspects]
    none = sum(term.value for term in ranking.no_change_reasons)
    total = sum(map(math.exp, sums)) + math.exp(none)
    assert len(sums) == ranking.considered
    assert ranking.no_change == pytest.approx(math.exp(none) / total)
    for suspect, value in zip(ranking.suspects, sums, strict=True):
        assert suspect.probability == pytest.approx(math.exp(value) / total)
        assert all(term.text and math.isfinite(term.value) for term in suspect.reasons)


@given(EVIDENCE, CHANGES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_candidates_does_not_matter(
    seen: Evidence, changes: list[Change], random: object
) -> None:
    shuffled = list(changes)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    one, other = ranked(seen, *changes), ranked(seen, *shuffled)
    assert [suspect.change for suspect in one.suspects] == [suspect.change for suspect in other.suspects]
    assert one.no_change == pytest.approx(other.no_change)
    assert len(one.suspects) <= 5
    values = [suspect.probability for suspect in one.suspects]
    assert values == sorted(values, reverse=True)
    assert one.shown == (bool(values) and values[0] >= DEFAULT_PARAMETERS.threshold(one.considered))


@given(CHANGES)
@settings(deadline=None)
def test_a_change_in_another_environment_changes_nothing(changes: list[Change]) -> None:
    seen = evidence("checkout", "web")
    here = [one for one in changes if one.environment != "staging"]
    assert ranked(seen, *changes) == ranked(seen, *here)


def test_a_look_back_beyond_the_curve_ends_with_it() -> None:
    near, far = change(before=29 * 24 * 60), change(before=31 * 24 * 60)
    assert [
        one.change for one in ranked(evidence("checkout"), near, far, look_back=90 * 86_400.0).suspects
    ] == [near]


def test_a_thousand_candidates_keep_the_order_of_their_scores() -> None:
    changes = [change("checkout", 1 + number, number=number) for number in range(1_000)]
    ranking = ranked(evidence("checkout"), *changes)
    assert ranking.considered == 1_000
    assert {suspect.change.time for suspect in ranking.suspects} <= {
        at(0) - timedelta(minutes=m) for m in range(9)
    }


def test_of_more_equal_ones_than_are_named_source_and_id_decide() -> None:
    changes = [change("checkout", 4, number=number) for number in range(8)]
    named = [
        one.change.change_id for one in ranked(evidence("checkout"), *reversed(changes), most=3).suspects
    ]
    assert named == [one.change_id for one in changes[:3]]


def test_candidates_beyond_the_look_back_do_not_count_among_the_best() -> None:
    near, far = change(before=4), [change(before=3_000 + number) for number in range(8)]
    ranking = ranked(evidence("checkout"), *far, near)
    assert ([one.change for one in ranking.suspects], ranking.considered) == ([near], 1)


def test_among_many_candidates_more_is_asked_for() -> None:
    usual = replace(DEFAULT_PARAMETERS, shown_from=0.4, crowded=0.2)
    assert [usual.threshold(many) for many in (0, 1, 10)] == [pytest.approx(0.4)] * 3
    assert usual.threshold(32) == pytest.approx(0.5, abs=0.01)
    assert [usual.threshold(many) for many in (100, 5_000)] == [pytest.approx(0.6)] * 2
    assert replace(usual, shown_from=0.9).threshold(100) == 1.0
