"""While a source alert fires, its consequences make no incident; after the last one they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.decisions import DecisionKind
from bot.domain.inhibition import sides
from bot.domain.suppression import inhibition_keys
from tests.domain.world import World, alert, at, ended, inhibition, rule

if TYPE_CHECKING:
    from bot.domain.inhibition import Inhibition

DOWN = inhibition("alertname=NodeDown", 'alertname=~".*Errors"', "zone")
PAGES = inhibition("severity=critical", 'severity=~"critical|warning"', "service", name="worse")


def world(*inhibitions: Inhibition) -> World:
    return World(rules=(rule(join_hops=0),), inhibitions=inhibitions or (DOWN,))


def test_a_target_is_quiet_while_its_source_fires() -> None:
    one = world()
    one.hear(alert("node", 0, name="NodeDown", zone="a"))
    (decision,) = one.hear(alert("payments", 1, zone="a")).decisions
    assert decision.kind is DecisionKind.SUPPRESS
    assert decision.reason.name == "inhibited"
    assert decision.reason.text == (
        "NodeDown on node fires, and downstream says that it explains this alert."
    )
    (other,) = one.hear(alert("search", 1, zone="b")).decisions
    assert other.kind is DecisionKind.OPEN


def test_after_the_last_source_its_targets_are_considered_again() -> None:
    one = world()
    first, second = (alert(node, 0, name="NodeDown", zone="a") for node in ("n1", "n2"))
    one.hear(first, second)
    one.hear(alert("payments", 1, zone="a"))
    one.hear(ended(first, 5))
    assert one.wait(6) == []
    one.hear(ended(second, 7))
    (outcome,) = one.wait(7)
    assert [decision.kind for decision in outcome.decisions] == [DecisionKind.OPEN]
    assert {incident.services for incident in one.open_ones()} >= {("payments",)}
    lines = [line.text for line in one.timeline if line.kind == "considered again"]
    assert lines == ["HighErrors was quiet until now (inhibited); it still fires."]


def test_a_source_that_nobody_ends_is_looked_at_every_hour() -> None:
    one = world()
    one.hear(alert("n1", 0, name="NodeDown", zone="a"))
    one.hear(alert("payments", 1, zone="a"))
    (first,) = one.wait(61)
    assert first.decisions == []
    assert [timer.due_at for timer in one.timers.values()] == [at(121)]


def test_an_alert_that_matches_both_sides_inhibits_no_other_such_alert() -> None:
    one = world(PAGES)
    decisions = one.hear_each(
        alert("payments", 0, severity="critical"), alert("payments", 1, name="Latency", severity="critical")
    )
    assert [decision.kind for decision in decisions] == [DecisionKind.OPEN, DecisionKind.ATTACH]
    (decision,) = one.hear(alert("payments", 2, name="Slow")).decisions
    assert decision.kind is DecisionKind.SUPPRESS


def test_an_alert_does_not_inhibit_itself() -> None:
    one = world(inhibition("severity=critical", "severity=critical"))
    (decision,) = one.hear(alert("payments", 0, severity="critical")).decisions
    assert decision.kind is DecisionKind.OPEN


def test_an_end_that_was_not_heard_to_begin_ends_nothing() -> None:
    one = world()
    one.hear(ended(alert("n1", 0, name="NodeDown", zone="a"), 3))
    assert (one.inhibitors, one.timers) == ({}, {})


def test_keys_keep_values_apart() -> None:
    two = inhibition("a=1", "b=1", "x", "y")
    alike: list[dict[str, str]] = [{"a": "1", "x": "1|2"}, {"a": "1", "x": "1", "y": "2"}]
    assert len({side.key for labels in alike for side in sides([two], labels)}) == 2


def test_a_batch_needs_the_keys_of_its_sources_and_targets_alone() -> None:
    one = world()
    batch = [
        one.rule_set.route(event)
        for event in (
            alert("n1", name="NodeDown", zone="a"),
            alert("payments", zone="b"),
            alert("search", name="Latency", zone="c"),
        )
    ]
    assert inhibition_keys(batch, one.rule_set) == {"downstream|a", "downstream|b"}
    assert inhibition_keys(batch, World().rule_set) == set()


def test_a_source_of_another_key_inhibits_nothing() -> None:
    one = world(inhibition("alertname=NodeDown", "alertname=NodeDown", name="own"))
    one.hear(alert("n1", name="NodeDown"))
    (decision,) = one.hear(alert("payments", 1)).decisions
    assert decision.kind is DecisionKind.OPEN
