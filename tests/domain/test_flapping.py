"""An alert that comes and goes is one incident, told once until it is calm."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.consequences import effects_of
from bot.domain.effects import EffectKind
from tests.domain.world import World, alert, at, ended, rule

if TYPE_CHECKING:
    from bot.domain.decisions import Outcome


def flap(world: World, minutes: range) -> list[Outcome]:
    heard = []
    for minute in minutes:
        world.wait(minute)
        heard.append(world.hear(alert("checkout", minute)))
        heard.append(world.hear(ended(alert("checkout", minute), minute + 0.5)))
    return heard


def test_an_hour_of_it_is_one_incident_with_few_words() -> None:
    world = World(rules=(rule(flap_after=4),))
    heard = flap(world, range(60))
    assert len(world.incidents) == 1
    assert world.open_one().flapping_since == at(4)
    rules = world.rule_set
    kinds = Counter(effect.kind for outcome in heard for effect in effects_of(outcome, rules))
    assert kinds[EffectKind.OPEN_CHANNEL] == 1
    assert kinds[EffectKind.POST_NOTE] == 4 + 3 + 1
    assert kinds[EffectKind.SET_TOPIC] == 4 + 3 + 1
    assert len(world.timeline) == 1 + 4 + 3 + 1
    (line,) = [line for line in world.timeline if line.kind == "flapping"]
    assert line.text.startswith("Flapping: its alerts have all ended and fired again 4 times")


def test_when_it_is_calm_every_change_is_told_again() -> None:
    world = World(rules=(rule(flap_after=2),))
    flap(world, range(4))
    assert world.wait(32.9) == []
    (outcome,) = world.wait(33)
    incident = world.open_one()
    assert (incident.flapping_since, incident.flips) == (None, 0)
    (note,) = [one for one in effects_of(outcome, world.rule_set) if one.kind is EffectKind.POST_NOTE]
    assert note.payload["text"].startswith("No longer flapping")
    assert world.timeline[-1].text == (
        "No longer flapping: its alerts have neither all ended nor fired again for 30 min."
    )


def test_who_resolves_it_ends_the_flapping_too() -> None:
    world = World(rules=(rule(flap_after=2),))
    flap(world, range(4))
    assert world.open_one().flapping_since is not None
    world.resolve(5)
    world.hear(alert("checkout", 6))
    incident = world.open_one()
    assert (incident.flips, incident.flapping_since) == (0, None)


def test_how_long_it_must_be_calm_is_said_by_the_rule_of_the_incident() -> None:
    other = rule("alertname=B", name="other", flap_after=1, window=timedelta(minutes=5))
    world = World(rules=(other, rule(flap_after=1, window=timedelta(minutes=30))))
    first, second = alert("checkout", 0, name="A"), alert("checkout", 2, name="B")
    world.hear(first, ended(first, 1))
    world.hear(second, ended(second, 3))
    assert not any(one.happened for one in world.wait(31.9))
    assert world.wait(32)
    assert world.timeline[-1].text.endswith("nor fired again for 30 min.")


def test_flips_far_apart_do_not_add_up() -> None:
    world = World(rules=(rule(flap_after=2, join_hops=0),))
    first = alert("checkout", 0)
    world.hear(first, ended(first, 1))
    world.hear(alert("checkout", 2), ended(alert("checkout", 2), 3))
    world.hear(alert("checkout", 100))
    assert max(one.flips for one in world.incidents.values()) == 1


def test_a_rule_that_is_gone_leaves_out_how_long() -> None:
    world = World(rules=(rule(flap_after=1),))
    flap(world, range(2))
    world.rules = (rule(name="other"),)
    world.wait(60)
    assert world.timeline[-1].text == "No longer flapping: its alerts have neither all ended nor fired again."
