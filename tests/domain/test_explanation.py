from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind
from bot.domain.explanation import Recorded, foresee, foresee_afresh, recall, routed_by
from bot.domain.incident import Severity
from bot.domain.rules import Action, RuleSet
from bot.domain.schedule import Hours, Schedule
from tests.domain.world import World, alert, at, catalog, ended, rule

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.domain.explanation import Explanation
    from bot.domain.rules import Rule
NOT_NOW = Schedule((Hours(UTC, start=600, end=660),))
MUTE = rule(name="mute", action=Action.SUPPRESS)


def told(world: World, event: AlertEvent) -> Explanation:
    return foresee(event, world.snapshot(), world.rule_set, world.catalog)


def test_an_opening_says_which_rules_were_tried_and_what_would_be_done() -> None:
    world = World(
        [
            rule('team="pay"', name="pay"),
            rule('service="checkout"', name="shop", playbooks=("look", "ask"), announce=("#ops",)),
            rule(name="never-tried"),
        ]
    )
    found = told(world, alert(severity="critical"))
    assert [(one.rule.name, one.matched) for one in found.trials] == [("pay", False), ("shop", True)]
    assert found.rule == "shop"
    assert (found.decision.kind, found.decision.reason.name, found.new) == (DecisionKind.OPEN, "opened", True)
    assert found.effects == (
        "open a channel",
        "draw the status card",
        "start look, ask",
        "tell others on Kafka: opened",
        "page somebody",
        "invite the responders",
        "set the channel's topic",
        "announce it in #ops",
    )
    assert found.decided_at is None
    assert world.incidents == {}


def test_nothing_is_counted() -> None:
    rules = RuleSet([rule(name="only")])
    foresee(alert(), World().snapshot(), rules, catalog())
    assert rules.watch["only"].matches == 0


@pytest.mark.parametrize(
    ("rules", "kind", "severity"),
    [
        ([rule(name="a")], "a", Severity.WARNING),
        ([rule('service="x"', name="a"), rule(name="b")], "b", Severity.WARNING),
        ([rule('service="x"', name="a")], "", Severity.INFO),
        ([], "", Severity.INFO),
        ([rule(name="early", active=NOT_NOW)], "", Severity.INFO),
        ([rule('service="x"', name="early", active=NOT_NOW), rule(name="b")], "b", Severity.WARNING),
        ([rule(name="early", active=NOT_NOW), rule(name="b")], "b", Severity.WARNING),
        ([rule(name="early", active=NOT_NOW), MUTE], "mute", Severity.WARNING),
        ([replace(MUTE, active=NOT_NOW), MUTE], "mute", Severity.WARNING),
    ],
)
def test_it_is_routed_as_in_production(rules: list[Rule], kind: str, severity: Severity) -> None:
    event, live = alert(), RuleSet(rules)
    routed = routed_by(event, live.trials(event))
    assert routed == live.route(event)
    assert (routed.rule.name if routed.rule else "", routed.severity) == (kind, severity)


def test_it_names_the_incident_that_the_alert_would_join() -> None:
    world = World(catalog=catalog("checkout > payments"))
    world.hear(alert("payments"))
    found = told(world, alert("checkout", 1))
    assert (found.decision.kind, found.decision.reason.name) == (DecisionKind.ATTACH, "topology")
    assert found.incident is not None
    assert (found.incident.name, found.new) == ("INC-1", False)
    assert "draw the status card" in found.effects


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([rule('service="x"')], "no_rule"),
        ([rule(action=Action.SUPPRESS)], "rule"),
        ([rule(action=Action.ATTACH)], "nothing_to_join"),
    ],
)
def test_what_makes_no_incident(rules: list[Rule], reason: str) -> None:
    found = told(World(rules), alert())
    assert (found.decision.kind, found.decision.reason.name) == (DecisionKind.SUPPRESS, reason)
    assert (found.incident, found.new, found.effects) == (None, False, ())


def test_what_would_reopen_says_what_is_said() -> None:
    world = World()
    world.hear(alert())
    world.resolve(5)
    found = told(world, alert(minute=6, name="Other"))
    assert found.decision.kind is DecisionKind.REOPEN
    assert "say: Reopened: an alert of its group fired after it was resolved." in found.effects


def test_what_is_known_already_belongs_to_its_incident() -> None:
    world = World()
    world.hear(alert())
    found = told(world, alert(minute=3, started=0))
    assert (found.decision.kind, found.decision.reason.name) == (DecisionKind.DUPLICATE, "repeated")
    assert found.incident == world.open_one()
    afresh = foresee_afresh(alert(minute=3), world.snapshot(), world.rule_set, world.catalog)
    assert (afresh.decision.kind, afresh.decision.reason.name) == (DecisionKind.ATTACH, "same_group")


def test_afresh_an_alert_does_not_wait_for_itself() -> None:
    world = World([rule(min_alerts=2)])
    world.hear(alert())
    found = foresee_afresh(alert(minute=1), world.snapshot(), world.rule_set, world.catalog)
    assert found.decision.reason.text.startswith("1 of the 2 alerts")


def test_what_belongs_to_nothing_that_is_known() -> None:
    world = World()
    world.hear(alert())
    snapshot = world.snapshot()
    snapshot.incidents.clear()
    assert foresee(alert(minute=3, started=0), snapshot, world.rule_set, world.catalog).incident is None


def test_an_end_is_explained_too() -> None:
    world = World()
    world.hear(alert())
    found = told(world, ended(alert(), 5))
    assert (found.decision.kind, found.event.status) == (DecisionKind.RESOLVED, AlertStatus.RESOLVED)
    assert found.incident is not None


class TestRecall:
    rules = RuleSet([rule('service="checkout"', name="shop")])
    recorded = Recorded(alert(minute=2), DecisionKind.SUPPRESS, "no_rule", None)

    def test_the_sentence_of_a_reason_that_is_always_the_same_is_known(self) -> None:
        found = recall(self.recorded, self.rules)
        assert (found.decision.kind, found.decided_at) == (DecisionKind.SUPPRESS, at(2))
        assert found.decision.reason.text == "No rule matches the alert."
        assert (found.notes, found.effects, found.rule) == ((), (), "shop")

    def test_another_sentence_is_told_where_it_was_kept(self) -> None:
        silenced = replace(self.recorded, reason="silenced")
        assert recall(silenced, self.rules).decision.reason.text == ""
        assert recall(silenced, self.rules, text="By @ada.").decision.reason.text == "By @ada."

    def test_rules_that_have_changed_since_are_noted(self) -> None:
        assert recall(self.recorded, self.rules, rule="shop").notes == ()
        assert recall(self.recorded, self.rules, rule="").notes == (
            "The rules have changed since: no rule took it then, rule shop would today.",
        )
        assert recall(self.recorded, RuleSet([]), rule="old").notes == (
            "The rules have changed since: rule old took it then, no rule would today.",
        )
