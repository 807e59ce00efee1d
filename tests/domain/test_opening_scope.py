from __future__ import annotations

from datetime import timedelta

from bot.domain.opening_scope import OpeningScope, opening_scope
from bot.domain.rules import Action, Rule, RuleSet, StormPolicy
from bot.ingest.patterns import parse_matcher
from tests.app.conftest import CATALOG
from tests.support.facts import alert_event, later

RULES = RuleSet(
    [
        Rule("pairs", (parse_matcher("kind=pair"),), min_alerts=2, window=timedelta(seconds=60), join_hops=0),
        Rule("quiet", (parse_matcher("kind=quiet"),), action=Action.SUPPRESS),
        Rule("default", window=timedelta(seconds=100), join_hops=1),
    ],
    StormPolicy(window=timedelta(seconds=300)),
)
NOTHING = OpeningScope({}, {}, {}, 10)


def scope(*events: object, environments: tuple[str, ...] = ("production",)) -> OpeningScope:
    routed = [RULES.route(event) for event in events]  # type: ignore[arg-type] # the tests give events
    return opening_scope(routed, environments, RULES, CATALOG)


def test_it_holds_the_neighbours_from_the_earliest_alert_on() -> None:
    found = scope(alert_event("a", service="web", at=50), alert_event("b", service="web", at=10))
    kin = ("web", "checkout", "unknown")
    assert found.services == {("production", name): later(-89) for name in kin}
    assert (found.held, found.openings_since) == ({}, {"production": later(-289)})


def test_a_rule_that_waits_asks_for_its_held_alerts_and_for_no_neighbours() -> None:
    event = alert_event("a", labels={"kind": "pair"})
    found = scope(event, alert_event("b", labels={"kind": "pair"}, at=5))
    assert found.held == {RULES.route(event).group_key: later(-59)}
    assert found.services == {}


def test_an_alert_without_a_service_could_be_of_any() -> None:
    found = scope(alert_event(service="unknown")).services
    assert {name for _, name in found} == {"unknown", *CATALOG.names()}


def test_what_cannot_open_asks_for_nothing() -> None:
    assert scope(alert_event(ended=60)) == NOTHING
    assert scope(alert_event(labels={"kind": "quiet"})) == NOTHING
    assert scope(alert_event(environment="staging")) == NOTHING
