from __future__ import annotations

from datetime import timedelta

from bot.domain.decisions import DecisionKind, Happening
from bot.domain.incident import Act, Severity, State
from tests.domain.test_decide import ATTACH, HOLD, OPEN, said
from tests.domain.world import StormPolicy, World, alert, at, catalog, ended, rule

REOPEN = DecisionKind.REOPEN


# -- reopening


def test_within_the_window_an_alert_reopens_what_a_person_resolved() -> None:
    world = World()
    world.hear(alert())
    world.acknowledge(1)
    world.hear(ended(alert(), 2))
    world.resolve(3)
    outcome = world.hear(alert(minute=10))
    incident = world.open_one()
    assert said(outcome) == [(REOPEN, "reopened")]
    assert outcome.decisions[0].reason.text.startswith("HighErrors fired 7 min after it was resolved")
    assert (incident.state, incident.firing, incident.alerts) == (State.TRIGGERED, 1, 1)
    assert (incident.resolved_at, incident.acknowledged_at, incident.monitoring_at) == (None, None, None)
    assert (incident.resolved_by, incident.acknowledged_by) == ("", "")
    assert Happening.REOPENED in outcome.happened[incident.id]


def test_after_the_window_a_new_incident_opens() -> None:
    world = World()
    world.hear(alert())
    world.hear(ended(alert(), 2))
    world.resolve(3)
    assert said(world.hear(alert(minute=34))) == [(OPEN, "opened")]
    assert len(world.incidents) == 2


def test_an_alert_heard_before_the_resolution_but_decided_after_it_reopens() -> None:
    world = World()
    world.hear(alert())
    world.resolve(5)
    outcome = world.hear(alert(name="B", minute=4))
    assert said(outcome) == [(REOPEN, "reopened")]
    assert "fired 60 s before" not in outcome.decisions[0].reason.text
    assert "fired 1 min before it was resolved" in outcome.decisions[0].reason.text


def test_an_alert_that_still_fired_when_its_incident_was_resolved_leaves_it_for_the_next() -> None:
    world = World()
    world.hear(alert())
    world.resolve(1)
    world.hear(alert(minute=60))
    old, new = world.incidents.values()
    assert (old.state, old.firing, new.firing) == (State.RESOLVED, 0, 1)


def test_the_end_of_an_alert_after_a_person_resolved_changes_only_the_count() -> None:
    world = World()
    world.hear(alert())
    world.resolve(1)
    world.hear(ended(alert(), 2))
    (incident,) = world.incidents.values()
    assert (incident.state, incident.firing) == (State.RESOLVED, 0)


def test_groups_that_had_joined_follow_a_reopened_incident() -> None:
    """Storms and rules without joining would else open a second incident beside the reopened one."""
    world = World(rules=(rule(group_by=("alertname",)),))
    first, second = alert("a", name="A"), alert("a", name="B", minute=1)
    world.hear(first, second)
    world.rules = (rule(group_by=("alertname",), join_hops=0),)
    world.hear(ended(first, 2), ended(second, 2))
    world.resolve(3)
    world.hear(alert("a", name="A", minute=5))
    assert said(world.hear(alert("c", name="B", minute=6))) == [(ATTACH, "same_group")]


def test_a_group_that_was_quiet_while_monitored_opens_a_new_incident_and_owns_the_key() -> None:
    world = World(rules=(rule(join_hops=0),))
    world.hear(alert(name="A"))
    world.hear(ended(alert(name="A"), 1))
    assert said(world.hear(alert(name="B", minute=40))) == [(OPEN, "opened")]
    assert [group.open for group in world.groups.values()] == [False, True]


# -- waiting for more


def test_alerts_wait_until_their_minimum_is_reached() -> None:
    world = World(rules=(rule(group_by=(), min_alerts=3, join_hops=0),))
    held = world.hear(alert("a", severity="critical"), alert("b", 1))
    assert said(held) == [(HOLD, "minimum")] * 2
    assert held.decisions[1].reason.text == "2 of the 3 alerts that rule test asks for within 30 min."
    outcome = world.hear(alert("c", 2))
    incident = world.open_one()
    assert said(outcome) == [(OPEN, "opened")]
    assert incident.reason.text.endswith("3 alerts within 30 min.")
    assert (incident.firing, incident.alerts, incident.services) == (3, 3, ("c", "a", "b"))
    assert incident.onset == at(0)
    assert incident.severity is Severity.CRITICAL, "held alerts count with their severity"
    world.hear(ended(alert("a", severity="critical"), 4), ended(alert("b", 1), 4), ended(alert("c", 2), 4))
    assert world.open_one().state is State.MONITORING


def test_within_one_batch_the_minimum_is_reached_too() -> None:
    world = World(rules=(rule(group_by=(), min_alerts=2),))
    assert said(world.hear(alert("a"), alert("b"))) == [(HOLD, "minimum"), (OPEN, "opened")]
    assert world.open_one().firing == 2


def test_held_alerts_that_ended_or_are_old_do_not_count() -> None:
    world = World(rules=(rule(group_by=(), min_alerts=2),))
    world.hear(alert("a"), ended(alert("a"), 1), alert("b", 2))
    assert said(world.hear(alert("c", 40))) == [(HOLD, "minimum")]
    assert said(world.hear(alert("c", 41))) == [(HOLD, "minimum")], "the same alert again is still one"
    assert not world.incidents


def test_what_belongs_to_its_group_s_own_incident_waits_for_no_minimum() -> None:
    world = World(rules=(rule(min_alerts=2),))
    world.hear(alert("checkout", name="A"), alert("checkout", name="B"))
    for minute in (5, 16, 25):
        late = world.hear(alert("checkout", minute, name=f"C{minute}", severity="critical"))
        assert [one.kind for one in late.decisions] == [ATTACH]
    assert world.open_one().severity is Severity.CRITICAL


def test_held_alerts_join_a_neighbour_together_with_the_one_that_makes_them_enough() -> None:
    world = World(
        rules=(rule("tier=front", name="front"), rule(group_by=(), min_alerts=2)),
        catalog=catalog("web > checkout"),
    )
    world.hear(alert("web", tier="front"))
    world.hear(alert("checkout", 1))
    assert said(world.hear(alert("checkout", 2, name="B"))) == [(ATTACH, "topology")]
    assert (world.open_one().firing, world.open_one().alerts) == (3, 3)


def test_alerts_held_under_an_older_rule_are_counted_only_while_they_fire() -> None:
    world = World(rules=(rule(group_by=(), min_alerts=9),))
    world.hear(alert("a"), alert("b"))
    snapshot = world.snapshot()
    world.hear(ended(alert("b"), 1))
    world.rules = (rule(group_by=()),)
    late = world.snapshot()
    late.held = {**snapshot.held, **{key: [*keys, ("am", "gone")] for key, keys in snapshot.held.items()}}
    world.snapshot = lambda: late  # type: ignore[method-assign] # a store that still names what has ended
    outcome = world.decide(alert("c", 2), locked=None)
    (incident,) = outcome.incidents.values()
    assert (incident.firing, incident.services) == (2, ("c", "a"))


# -- storms


def test_more_openings_than_allowed_become_one_storm() -> None:
    world = World(storm=StormPolicy(openings=3, window=timedelta(minutes=5)))
    outcome = world.hear(*(alert(f"s{number}", number / 10, severity="error") for number in range(8)))
    kinds = [decision.kind for decision in outcome.decisions]
    assert kinds == [OPEN, OPEN, OPEN, OPEN, ATTACH, ATTACH, ATTACH, ATTACH]
    (storm,) = [incident for incident in world.open_ones() if incident.storm]
    assert (storm.title, storm.alerts, storm.rule) == ("Alert storm in production", 5, "storm")
    assert storm.severity is Severity.ERROR
    assert storm.reason.text == "More than 3 incidents would have opened in production within 5 min."
    assert said(world.hear(alert("s7", 2, name="B"))) == [(ATTACH, "same_group")]
    assert len(world.open_ones()) == 4


def test_a_storm_goes_on_over_batches_and_another_environment_is_not_in_it() -> None:
    world = World(storm=StormPolicy(openings=1, window=timedelta(minutes=5)))
    world.hear_each(*(alert(f"s{number}", number) for number in range(4)))
    world.hear(alert("s", 4, environment="staging"))
    assert sorted(incident.alerts for incident in world.open_ones()) == [1, 1, 3]


def test_openings_that_are_far_apart_are_no_storm() -> None:
    world = World(storm=StormPolicy(openings=2, window=timedelta(minutes=5)))
    world.hear_each(*(alert(f"s{number}", number * 4) for number in range(6)))
    assert not [incident for incident in world.open_ones() if incident.storm]


def test_an_opening_of_the_future_hides_none_of_those_before_it() -> None:
    world = World(storm=StormPolicy(openings=2, window=timedelta(minutes=5)))
    world.hear(alert("a"), alert("b", 1), alert("early", 60), alert("c", 2), alert("d", 3))
    assert [incident.storm for incident in world.open_ones()].count(True) == 1
    (storm,) = [incident for incident in world.open_ones() if incident.storm]
    assert storm.services == ("c", "d")


def test_a_service_named_like_the_storm_rule_is_no_storm() -> None:
    world = World(storm=StormPolicy(openings=1, window=timedelta(minutes=5)))
    world.hear(alert("storm"), alert("b", 1))
    assert [incident.storm for incident in world.open_ones()] == [False, True]


def test_nothing_joins_a_storm_by_topology_nor_one_that_was_resolved() -> None:
    world = World(
        storm=StormPolicy(openings=1, window=timedelta(minutes=5)),
        catalog=catalog("b > c"),
        rules=(rule(reopen_window=timedelta()),),
    )
    world.hear(alert("a"), alert("b", 1))
    assert said(world.hear(alert("c", 10))) == [(OPEN, "opened")]
    storm = next(incident for incident in world.open_ones() if incident.storm)
    world.act(Act.RESOLVE, storm, 11)
    assert said(world.hear(alert("d", 12))) == [(OPEN, "storm")]
