"""How likely an alert is a part of an incident, in cases whose order can be said by hand."""

from __future__ import annotations

import pytest

from bot.domain.alert import UNKNOWN
from bot.domain.catalog import Catalog
from bot.domain.joining import (
    MOST_KIN,
    Joining,
    Lag,
    Standing,
    again_odds,
    hit_chance,
    kin,
    odds,
    return_odds,
    unended_odds,
)
from tests.domain.world import catalog

SHOP = catalog("web > checkout > payments > bank", "mail > checkout", "admin > ledger")


def about(*services: str, seconds: float = 60, alerts: int = 2) -> Standing:
    """An incident about these services, a minute old."""
    return Standing(services, seconds, alerts)


def test_the_density_of_a_lag_falls_and_sums_to_one() -> None:
    lag = Lag(((0.5, 60.0), (0.5, 600.0)))
    assert lag.density(-5) == lag.density(0) > lag.density(60) > lag.density(600)
    assert sum(lag.density(second + 0.5) for second in range(20_000)) == pytest.approx(1.0, abs=1e-3)


def test_kin_are_those_that_one_fault_may_hit() -> None:
    assert kin(SHOP, "web", 1) == ("web", "checkout", "mail", UNKNOWN)
    assert kin(SHOP, "payments", 1) == ("payments", "bank", "checkout", UNKNOWN)
    assert kin(SHOP, "elsewhere", 3) == ("elsewhere", UNKNOWN)
    assert kin(SHOP, UNKNOWN, 2) == (UNKNOWN, *sorted(SHOP.names()))


def test_kin_are_bounded() -> None:
    hub = catalog(*(f"caller-{number} > hub" for number in range(MOST_KIN + 50)))
    found = kin(hub, "hub", 1)
    assert (len(found), found[0], found[-1]) == (MOST_KIN + 1, "hub", UNKNOWN)


def test_time_makes_it_unlikelier() -> None:
    falling = [
        odds("checkout", about("payments", seconds=seconds), SHOP) for seconds in (0, 60, 600, 1_800, 7_200)
    ]
    assert falling == sorted(falling, reverse=True)
    assert falling[1] > 100
    assert falling[-1] < 0.01


def test_distance_makes_it_unlikelier_and_no_relation_rules_it_out() -> None:
    near = odds("checkout", about("payments"), SHOP)
    far = odds("web", about("payments"), SHOP)
    assert near > far > 1
    assert odds("ledger", about("payments"), SHOP) == 0


def test_a_shared_root_joins_callers_though_it_is_silent() -> None:
    assert odds("mail", about("web", seconds=30), SHOP) > 10


def test_quiet_callers_speak_against_a_popular_root() -> None:
    wide = catalog(*(f"caller-{number} > hub" for number in range(60)))
    narrow = catalog(*(f"caller-{number} > hub" for number in range(2)))
    later = about("caller-0", seconds=300)
    assert odds("caller-1", later, wide) < odds("caller-1", later, narrow) / 5


def test_who_alerts_tells_the_root_and_so_who_is_next() -> None:
    alone = hit_chance("mail", about("web", seconds=120), SHOP, Joining())
    known = hit_chance("mail", about("web", "checkout", seconds=120), SHOP, Joining())
    assert known > alone


def test_further_alerts_of_a_service_and_those_of_none() -> None:
    assert odds("web", about("web"), SHOP) == again_odds("web", about("web"), SHOP)
    assert (
        odds("web", about(UNKNOWN), SHOP)
        == odds(UNKNOWN, about("web"), SHOP)
        == again_odds(UNKNOWN, about("web"), SHOP)
    )


def test_without_a_catalogue_only_the_same_service_joins() -> None:
    assert odds("web", about("checkout"), Catalog()) == 0
    assert odds("web", about("web"), Catalog()) > 1


def test_what_may_be_a_lone_alert_draws_others_less_and_ever_less() -> None:
    ratios = []
    for seconds in (0, 60, 600):
        lone = odds("checkout", about("payments", seconds=seconds, alerts=1), SHOP)
        ratios.append(lone / odds("checkout", about("payments", seconds=seconds), SHOP))
    assert ratios[0] == pytest.approx(0.5)
    assert ratios == sorted(ratios, reverse=True)
    assert again_odds("web", about("web", alerts=1), SHOP) == again_odds("web", about("web"), SHOP) / 2


def test_an_alert_of_no_service_rather_belongs_to_an_old_incident_the_more_alerts_that_has() -> None:
    few, many = (odds(UNKNOWN, about("web", seconds=3_000, alerts=alerts), SHOP) for alerts in (2, 20))
    assert many > 5 * few
    assert many > 1 > odds(UNKNOWN, about("web", seconds=3_000, alerts=1), SHOP)


def test_an_incident_that_never_ends_draws_alerts_of_no_service_for_hours_and_not_for_days() -> None:
    hours = (1, 3, 24, 240)
    ratios = [odds(UNKNOWN, about("web", seconds=one * 3_600, alerts=30), SHOP) for one in hours]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[0] > 10 > ratios[1] > 1.5 > ratios[2] > 50 * ratios[3]


def test_the_longer_ago_an_alert_was_heard_of_the_less_likely_it_never_ended() -> None:
    ratios = [unended_odds(seconds) for seconds in (-5, 0, 600, 3_600, 5_400, 9_000)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[3] > ratios[4] > 1.5 > ratios[5]


def test_the_longer_an_alert_was_over_the_less_likely_it_goes_on() -> None:
    assert return_odds(0) > return_odds(300) > 20 > return_odds(900) > 1 > return_odds(7_200)
