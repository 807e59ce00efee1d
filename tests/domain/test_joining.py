"""How likely an alert is a part of an incident, in cases whose order can be said by hand."""

from __future__ import annotations

import pytest

from bot.domain.alert import UNKNOWN
from bot.domain.catalog import Catalog
from bot.domain.joining import MOST_KIN, Joining, Lag, again_odds, hit_chance, kin, odds
from tests.domain.world import catalog

SHOP = catalog("web > checkout > payments > bank", "mail > checkout", "admin > ledger")


def test_the_density_of_a_lag_falls_and_sums_to_one() -> None:
    lag = Lag(((0.5, 60.0), (0.5, 600.0)))
    assert lag.density(-5) == lag.density(0) > lag.density(60) > lag.density(600)
    assert sum(lag.density(second + 0.5) for second in range(20_000)) == pytest.approx(1.0, abs=1e-3)


def test_kin_are_those_that_one_fault_may_hit() -> None:
    assert kin(SHOP, "web", 1) == ["web", "checkout", "mail", UNKNOWN]
    assert kin(SHOP, "payments", 1) == ["payments", "bank", "checkout", UNKNOWN]
    assert kin(SHOP, "elsewhere", 3) == ["elsewhere", UNKNOWN]
    assert kin(SHOP, UNKNOWN, 2) == [UNKNOWN, *sorted(SHOP.names())]


def test_kin_are_bounded() -> None:
    hub = catalog(*(f"caller-{number} > hub" for number in range(MOST_KIN + 50)))
    found = kin(hub, "hub", 1)
    assert (len(found), found[0], found[-1]) == (MOST_KIN + 1, "hub", UNKNOWN)


def test_time_makes_it_unlikelier() -> None:
    falling = [odds("checkout", ("payments",), seconds, SHOP) for seconds in (0, 60, 600, 1_800, 7_200)]
    assert falling == sorted(falling, reverse=True)
    assert falling[1] > 100
    assert falling[-1] < 0.01


def test_distance_makes_it_unlikelier_and_no_relation_rules_it_out() -> None:
    near = odds("checkout", ("payments",), 60, SHOP)
    far = odds("web", ("payments",), 60, SHOP)
    assert near > far > 1
    assert odds("ledger", ("payments",), 60, SHOP) == 0


def test_a_shared_root_joins_callers_though_it_is_silent() -> None:
    assert odds("mail", ("web",), 30, SHOP) > 10


def test_quiet_callers_speak_against_a_popular_root() -> None:
    wide = catalog(*(f"caller-{number} > hub" for number in range(60)))
    narrow = catalog(*(f"caller-{number} > hub" for number in range(2)))
    assert odds("caller-1", ("caller-0",), 300, wide) < odds("caller-1", ("caller-0",), 300, narrow) / 5


def test_who_alerts_tells_the_root_and_so_who_is_next() -> None:
    alone = hit_chance("mail", ("web",), 120, SHOP, Joining())
    known = hit_chance("mail", ("web", "checkout"), 120, SHOP, Joining())
    assert known > alone


def test_further_alerts_of_a_service_and_those_of_none() -> None:
    assert odds("web", ("web",), 60, SHOP) == again_odds("web", 60, SHOP)
    assert (
        odds("web", (UNKNOWN,), 60, SHOP)
        == odds(UNKNOWN, ("web",), 60, SHOP)
        == again_odds(UNKNOWN, 60, SHOP)
    )


def test_without_a_catalogue_only_the_same_service_joins() -> None:
    assert odds("web", ("checkout",), 10, Catalog()) == 0
    assert odds("web", ("web",), 10, Catalog()) > 1
