"""A storm at a glance."""

from __future__ import annotations

from bot.domain.storms import storm_summary
from tests.domain.world import StormPolicy, World, alert, at, ended, rule


def test_the_summary_says_how_much_and_what_it_is_mostly_made_of() -> None:
    world = World(storm=StormPolicy(openings=1), rules=(rule(join_hops=0),))
    world.hear(alert("first", 0))
    for minute, service in enumerate(("a", "b", "c"), 1):
        world.hear(alert(service, minute, name="Down"))
    world.hear(alert("a", 4, name="Slow"), ended(alert("c", 3, name="Down"), 5))
    storm = next(one for one in world.open_ones() if one.storm)
    members = [one for one in world.occurrences.values() if one.incident_id == storm.id]
    summary = storm_summary(storm, members)
    assert (summary.alerts, summary.firing, summary.services, summary.groups) == (4, 3, 3, 3)
    assert (summary.since, summary.over_at) == (at(1), None)
    assert summary.names == (("Down", 3), ("Slow", 1))
    assert summary.worst == (("a", 2), ("b", 1))


def test_when_all_have_ended_the_services_are_those_that_alerted() -> None:
    world = World(storm=StormPolicy(openings=1), rules=(rule(join_hops=0),))
    world.hear(alert("first", 0), alert("a", 1), ended(alert("a", 1), 2))
    storm = next(one for one in world.open_ones() if one.storm)
    members = [one for one in world.occurrences.values() if one.incident_id == storm.id]
    assert storm_summary(storm, members).worst == (("a", 1),)
