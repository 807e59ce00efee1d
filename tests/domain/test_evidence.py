from __future__ import annotations

from bot.domain.evidence import evidence_of
from tests.domain.world import World, alert, at, catalog
from tests.support.facts import incident, later


def test_each_service_counts_from_its_first_onset() -> None:
    world = World(catalog=catalog("web > checkout"))
    world.hear_each(
        alert("checkout", 3, started=2),
        alert("checkout", 4, name="Slow", started=1),
        alert("web", 5, started=9),
    )
    seen = evidence_of(world.open_one(), world.occurrences.values(), at(6))
    assert (seen.incident_id, seen.environment, seen.at) == (world.open_one().id, "production", at(6))
    assert dict(seen.onsets) == {"checkout": at(1), "web": at(5)}


def test_without_alerts_it_is_about_its_services() -> None:
    world = World()
    world.hear(alert("checkout", 3))
    seen = evidence_of(world.open_one(), (), at(6))
    assert dict(seen.onsets) == {"checkout": at(3)}


def test_one_without_alerts_and_services_began_when_it_was_declared() -> None:
    began = incident(services=())
    assert evidence_of(began, (), later(600)).onset == began.onset
