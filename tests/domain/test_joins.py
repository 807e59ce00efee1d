"""Alerts that join an incident of a related service, or of their group, and those that open their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.alert import UNKNOWN
from bot.domain.decisions import DecisionKind, Happening
from bot.domain.joining import is_join_reason, join_reason
from tests.domain.test_decide import ATTACH, OPEN, said
from tests.domain.world import World, alert, at, catalog, ended, rule

REOPEN = DecisionKind.REOPEN


def test_an_alert_of_a_dependency_joins_and_says_how_far_it_is() -> None:
    world = World(catalog=catalog("web > checkout > payments > bank"))
    world.hear(alert("web"))
    outcome = world.hear(alert("payments", 1))
    assert said(outcome) == [(ATTACH, "topology")]
    assert outcome.decisions[0].reason.text == (
        "payments is 2 calls from web, which this incident is about; 1 min after it opened, "
        "this is 108 times likelier than trouble of its own."
    )
    assert Happening.NEW_SERVICE in outcome.happened[world.open_one().id]
    assert "1 call from payments" in world.hear(alert("bank", 2)).decisions[0].reason.text
    assert said(world.hear(alert("payments", 3, name="B"))) == [(ATTACH, "same_group")]
    assert world.open_one().services == ("web", "payments", "bank")
    assert [line.kind for line in world.timeline] == ["opened", "joined", "joined"]


@pytest.mark.parametrize(
    ("second", "hops"),
    [
        (alert("checkout", 1), 0),  # joining is switched off
        (alert("checkout", 31), 2),  # the other has been quiet for longer than the window
        (alert("checkout", 1, environment="staging"), 2),
        (alert(UNKNOWN, 28), 2),  # it could be about anything, and comes late
        (alert("other", 1), 2),  # nothing that one fault would hit with it
    ],
)
def test_what_is_far_away_opens_an_incident_of_its_own(second: object, hops: int) -> None:
    world = World(
        rules=(rule(join_hops=hops),), catalog=catalog("web > checkout > payments > bank", "mail > other")
    )
    world.hear(alert("web"))
    world.hear(second)  # type: ignore[arg-type] # an alert, which pytest takes for an object
    assert len(world.open_ones()) == 2


def test_the_nearest_incident_is_joined_and_the_latest_among_equals() -> None:
    world = World(rules=(rule(join_hops=0),), catalog=catalog("a > x", "b > x", "c > b"))
    world.hear(alert("a"), alert("c", 1), alert("b", 2))
    world.rules = (rule(),)
    outcome = world.hear(alert("x", 3))
    joined = world.incidents[outcome.decisions[0].incident_id or ""]
    assert joined.services == ("b", "x")


def test_the_same_service_under_another_group_joins() -> None:
    world = World(rules=(rule(group_by=("alertname",)),))
    outcome = world.hear(alert(name="A"), alert(name="B"))
    text = outcome.decisions[1].reason.text
    assert text.startswith("this incident is about checkout already; 0 s after it opened")


def test_what_depends_on_the_same_joins_and_says_what_that_is() -> None:
    world = World(catalog=catalog("web > db", "mail > db"))
    text = world.hear(alert("web"), alert("mail", 1)).decisions[1].reason.text
    assert text.startswith("mail and web, which this incident is about, depend on db; 1 min after it opened")


def test_an_alert_without_a_service_joins_a_young_incident_nearby_in_time() -> None:
    world = World(catalog=catalog("web > db"))
    reason = world.hear(alert("web"), alert(UNKNOWN, 1)).decisions[1].reason
    assert reason.name == "time"
    assert reason.text.startswith("the alert names no service; 1 min after it opened")
    text = world.hear(alert("db", 2)).decisions[0].reason.text
    assert text.startswith("db is 1 call from web")


def test_a_named_alert_joins_an_incident_that_began_without_a_name() -> None:
    world = World(catalog=catalog("web > db"))
    reason = world.hear(alert(UNKNOWN), alert("web", 1)).decisions[1].reason
    assert reason.name == "time"
    assert reason.text.startswith("the incident's first alerts name no service; 1 min after it opened")


def test_of_two_incidents_about_a_service_the_one_heard_of_last_is_joined() -> None:
    world = World(catalog=catalog("web > checkout"))
    world.hear(alert("checkout"))
    assert said(world.hear(alert("checkout", 80, name="B"))) == [(OPEN, "opened")]
    [joined] = world.hear(alert("web", 81)).decisions
    assert (joined.kind, joined.incident_id) == (ATTACH, "incident-002")


def test_an_alert_of_its_own_group_that_no_call_relates_joins_for_its_group() -> None:
    world = World(rules=(rule(group_by=("team",)),), catalog=catalog("web > checkout", "billing > ledger"))
    world.hear(alert("web", team="x"), alert("web", 0.1, name="B", team="x"))
    assert said(world.hear(alert("billing", 16, name="C", team="x"))) == [(ATTACH, "same_group")]


def test_an_alert_of_the_same_service_long_after_the_opening_is_other_trouble() -> None:
    world = World()
    world.hear(alert())
    assert said(world.hear(alert(name="B", minute=5))) == [(ATTACH, "same_group")]
    assert said(world.hear(alert(name="C", minute=20))) == [(ATTACH, "same_service")]
    assert said(world.hear(alert(name="D", minute=80))) == [(OPEN, "opened")]
    assert said(world.hear(alert(name="A", minute=81))) == [(ATTACH, "same_group")]


def test_a_group_stays_together_while_its_alerts_come_within_the_window() -> None:
    world = World(rules=(rule(group_by=("pipeline",), window=timedelta(hours=6)),))
    world.hear(alert("a", pipeline="p"))
    assert said(world.hear(alert("b", 60, pipeline="p"))) == [(ATTACH, "same_group")]
    assert said(world.hear(alert("c", 420, pipeline="p"))) == [(ATTACH, "same_group")]
    outcome = world.hear(alert("d", 781, pipeline="p"))
    assert said(outcome) == [(OPEN, "opened")]
    assert outcome.decisions[0].reason.text == (
        "Rule test opens an incident for HighErrors on d; the last alert of its group's open incident came"
        " 6 h 1 min before, longer than the rule's window of 6 h, and trouble of its own is likelier now."
    )


def test_where_nothing_joins_by_likelihood_none_is_spoken_of() -> None:
    world = World(rules=(rule(join_hops=0),))
    world.hear(alert())
    world.hear(ended(alert(), 5))
    text = world.hear(alert(minute=55)).decisions[0].reason.text
    assert text.endswith("longer than the rule's window of 30 min.")


def test_within_the_window_an_incident_near_by_may_still_be_likelier_than_that_of_the_group() -> None:
    world = World(rules=(rule(group_by=("pipeline",)),), catalog=catalog("web > db"))
    world.hear(alert("web", pipeline="p"))
    world.hear(alert("far", 20, pipeline="p"))
    assert said(world.hear(alert("db", 44, pipeline="q"))) == [(OPEN, "opened")]
    young = world.open_ones()[-1]
    outcome = world.hear(alert("web", 45, name="B", pipeline="p"))
    assert outcome.decisions[0].incident_id == young.id


def test_a_rule_that_joins_nothing_keeps_a_group_together_while_it_fires() -> None:
    world = World(rules=(rule(join_hops=0),))
    world.hear(alert())
    assert said(world.hear(alert(name="B", minute=300))) == [(ATTACH, "same_group")]


def test_an_alert_goes_where_it_is_likelier_not_where_its_service_was_long_ago() -> None:
    world = World(catalog=catalog("web > checkout > db"))
    world.hear(alert("checkout", name="Old"))
    world.hear(alert("db", 31), alert("web", 31.5))
    young = world.open_ones()[-1]
    outcome = world.hear(alert("checkout", 32, name="New"))
    assert outcome.decisions[0].incident_id == young.id
    assert young.opened_at == at(31)


def test_an_alert_that_fires_again_after_the_window_is_considered_anew() -> None:
    world = World(rules=(rule(join_hops=2),))
    first = alert()
    world.hear(first, ended(first, 5))
    assert said(world.hear(alert(minute=34))) == [(ATTACH, "fired_again")]
    world.hear(ended(alert(minute=34), 36))
    assert said(world.hear(alert(minute=67))) == [(OPEN, "opened")]


def test_resolved_incidents_are_not_joined() -> None:
    world = World(catalog=catalog("web > checkout"))
    world.hear(alert("web"))
    world.resolve(1)
    assert said(world.hear(alert("checkout", 2))) == [(OPEN, "opened")]


@pytest.mark.parametrize("service", ["payments", "web", UNKNOWN])
def test_a_reason_is_known_again_as_that_of_its_service_alone(service: str) -> None:
    told = join_reason(service, ("web", "mail"), 3.0, 60.0, catalog("web > checkout > payments"))
    assert told is not None
    assert is_join_reason(told.name, service, told.text)
    assert not is_join_reason("same_group", service, told.text)
    if service != UNKNOWN:
        assert not is_join_reason(told.name, "mail", told.text)


def test_a_reason_of_an_incident_that_began_without_a_service_is_known_again() -> None:
    told = join_reason("web", (UNKNOWN,), 3.0, 60.0, catalog("web > checkout"))
    assert told is not None
    assert (told.name, is_join_reason("time", "web", told.text)) == ("time", True)
