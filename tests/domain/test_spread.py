from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.spread import Sighting, Spread, hit_calls, log_sum_exp
from tests.domain.world import catalog

if TYPE_CHECKING:
    from bot.domain.catalog import Catalog

CALLS = catalog("web > checkout > payments > bank", "mail > payments")
SERVICES = ("web", "checkout", "payments", "bank", "mail")
MAPPED = Spread(unmapped=())
"""Every call is in the catalogue."""


def best_root(*alerting: str, elapsed: float = 900, calls: Catalog = CALLS) -> str:
    sighting = Sighting(alerting, elapsed, calls, Spread())
    return max(sorted(calls.names()), key=sighting.log_likelihood)


@pytest.mark.parametrize(
    ("alerting", "root"),
    [
        (("web",), "web"),
        (("checkout", "web"), "checkout"),
        (("web", "checkout", "payments", "mail"), "payments"),
        (("checkout", "web", "mail"), "payments"),  # silent itself, but all of its callers alert
        (("bank",), "bank"),
    ],
)
def test_the_root_that_explains_what_alerts(alerting: tuple[str, ...], root: str) -> None:
    assert best_root(*alerting) == root


def test_quiet_counts_only_as_far_as_time_has_passed() -> None:
    def of_payments(elapsed: float) -> float:
        return Sighting(["web"], elapsed, CALLS, Spread()).log_likelihood("payments")

    assert of_payments(-5) == of_payments(0) > of_payments(60) > of_payments(3_600)


def test_many_quiet_callers_of_a_popular_service_do_not_rule_it_out() -> None:
    popular = catalog(*(f"s{number} > database" for number in range(100)))
    sighting = Sighting(["database", *(f"s{number}" for number in range(10))], 3_600, popular, Spread())
    assert sighting.log_likelihood("database") > sighting.log_likelihood("s1")


def test_what_is_overloaded_below_the_root_is_weak_evidence() -> None:
    below = Sighting(["web", "checkout"], 900, CALLS, MAPPED).log_likelihood("web")
    stranger = Sighting(["web", "other"], 900, CALLS, MAPPED).log_likelihood("web")
    assert below - stranger == pytest.approx(math.log(MAPPED.callee / MAPPED.noise))
    assert below > Sighting(["web", "other"], 900, CALLS, Spread()).log_likelihood("web") > stranger


def test_the_farther_below_the_root_the_weaker_until_it_is_as_good_as_a_stranger() -> None:
    usual = MAPPED
    direct, further, furthest, stranger = (
        Sighting(["web", one], 900, CALLS, usual).log_likelihood("web")
        for one in ("checkout", "payments", "bank", "other")
    )
    assert direct - further == pytest.approx(math.log(1 / usual.farther))
    assert further - stranger == pytest.approx(math.log(usual.callee * usual.farther / usual.noise))
    assert further - furthest == pytest.approx(math.log(1 / usual.farther))
    unheard = Spread(callee=0.004, unmapped=())
    assert Sighting(["web", "bank"], 900, CALLS, unheard).log_likelihood("web") == pytest.approx(
        Sighting(["web", "other"], 900, CALLS, unheard).log_likelihood("web")
    )


@pytest.mark.parametrize("known", [12, 9, 6, 3])
def test_callers_that_nobody_wrote_down_do_not_rule_a_root_out(known: int) -> None:
    """Twelve services alert with the database that they call; the catalogue knows of some of these calls."""
    others = [f"o{number} > p{number}" for number in range(20)]
    partly = catalog(*(f"s{number} > database" for number in range(known)), *others)
    sighting = Sighting(["database", *(f"s{number}" for number in range(12))], 300, partly, Spread())
    at_once = sighting.everywhere(len(partly.names()))
    assert sighting.log_likelihood("database") > at_once + math.log(Spread().common)


def test_where_every_call_is_known_what_may_be_unknown_says_next_to_nothing() -> None:
    alerting = ("web", "checkout", "payments", "mail")
    for root in ("payments", "bank"):
        said, plain = (
            Sighting(alerting, 900, CALLS, spread).log_likelihood(root) for spread in (Spread(), MAPPED)
        )
        assert said == pytest.approx(plain, abs=0.07)


def test_one_stranger_says_little_and_a_dozen_say_that_calls_are_missing() -> None:
    large = catalog(*(f"s{number} > t{number}" for number in range(300)))

    def says(strangers: int) -> float:
        alerting = ["t0", *(f"s{number}" for number in range(1, 1 + strangers))]
        return Sighting(alerting, 900, large, Spread()).log_likelihood("t0")

    assert 0 < says(1) - says(0) < math.log(1.5)
    assert says(12) - says(0) > math.log(1_000)


def test_where_nothing_alerts_no_root_is_likelier_than_another() -> None:
    assert Sighting([], 900, CALLS, Spread()).log_likelihood("web") == 0


@given(st.sets(st.sampled_from(SERVICES)), st.floats(0, 1e6))
def test_every_likelihood_is_finite(alerting: set[str], elapsed: float) -> None:
    sighting = Sighting(alerting, elapsed, CALLS, Spread())
    assert all(math.isfinite(sighting.log_likelihood(root)) for root in (*SERVICES, "nowhere"))


def test_a_caller_very_far_away_says_nothing() -> None:
    chain = catalog(" > ".join(f"s{number}" for number in range(12)))
    near, far = ({"s11", f"s{number}"} for number in (10, 0))
    assert Sighting(near, 900, chain, Spread()).log_likelihood("s11") > Sighting(
        far, 900, chain, Spread()
    ).log_likelihood("s11")


def test_what_is_as_good_as_impossible_stays_a_number() -> None:
    popular = catalog(*(f"s{number} > database" for number in range(2_000)))
    sure = Spread(strengths=((1.0, 0.9),))
    assert Sighting(["s1"], 1e6, popular, sure).log_likelihood("database") < -700


def test_sums_of_exponentials_do_not_overflow() -> None:
    assert log_sum_exp([1_000.0, 1_000.0]) == pytest.approx(1_000 + math.log(2))
    assert log_sum_exp([-1_000.0]) == -1_000


@given(
    st.sets(st.tuples(*[st.sampled_from("abcdefgh")] * 2).filter(lambda call: call[0] != call[1])),
    st.frozensets(st.sampled_from("abcdefghz"), min_size=1),
    st.sampled_from("abcdefgh"),
)
def test_calls_of_those_that_are_hit_are_counted(
    edges: set[tuple[str, str]], alerting: frozenset[str], root: str
) -> None:
    """However many alert: where they are most, those not hit are taken away from the count of all."""
    graph = catalog(*(" > ".join(edge) for edge in sorted(edges)))
    calling = [one for one in sorted(alerting) if one in graph.callers(root) and one != root]
    counted = Counter(caller for caller, callee in edges if callee in {root, *calling})
    assert hit_calls(graph, alerting, root, calling) == dict(counted)
