from __future__ import annotations

from datetime import timedelta

from bot.replay.firings import Firings
from tests.domain.world import World, alert, at


def test_what_fired_before_an_incident_is_known_since_its_first_firing() -> None:
    world, firings = World(), Firings()
    world.hear(alert("web", 100))
    incident, occurrence = world.open_one(), next(iter(world.occurrences.values()))
    firings.hear(occurrence)
    for minute in (10, 50):
        earlier = World()
        earlier.hear(alert("web", minute))
        (one,) = earlier.occurrences.values()
        one.incident_id = "another"
        firings.hear(one)
    assert firings.before(incident, [occurrence.key]) == {occurrence.key: at(10)}
    assert firings.before(incident, [("am", "never")]) == {}
    firings.forget(at(20))
    assert firings.before(incident, [occurrence.key]) == {occurrence.key: at(50)}
    firings.forget(at(60))
    assert firings.before(incident, [occurrence.key]) == {}
    firings.forget(at(100) + timedelta(days=2))
    assert firings.before(incident, [occurrence.key]) == {}


def test_its_own_firings_are_not_before_it() -> None:
    world, firings = World(), Firings()
    world.hear(alert("web", 100))
    for one in world.occurrences.values():
        firings.hear(one)
    incident = world.open_one()
    incident.onset = at(200)
    assert firings.before(incident, [one.key for one in world.occurrences.values()]) == {}
