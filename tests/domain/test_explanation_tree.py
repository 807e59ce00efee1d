from __future__ import annotations

from bot.domain.decisions import DecisionKind
from bot.domain.explanation import Recorded, foresee, recall
from bot.domain.explanation_tree import DECIDED, Node, tree_of, verdict_of
from bot.domain.rules import RuleSet
from tests.domain.conditions import Says
from tests.domain.world import World, alert, at, catalog, ended, rule


def lines(node: Node, depth: int = 0) -> list[str]:
    """The tree as text: two blanks a level, + and - for what held and did not."""
    mark = {True: "+ ", False: "- ", None: ""}[node.held]
    return [
        f"{'  ' * depth}{mark}{node.text}",
        *(line for one in node.below for line in lines(one, depth + 1)),
    ]


def test_the_whole_of_it() -> None:
    world = World(
        [rule('team="pay"', 'service="checkout"', name="pay"), rule(name="rest", when=Says(source="true"))]
    )
    world.hear(alert("payments"))
    world.catalog = catalog("checkout > payments")
    found = foresee(alert(minute=1), world.snapshot(), world.rule_set, world.catalog)
    drawn = lines(tree_of(found))
    verdict = drawn.pop(7)
    assert verdict.startswith("  It would join an open incident: checkout is 1 call from payments")
    assert drawn == [
        "HighErrors on checkout in production fires, since 2026-11-21 03:01:00 UTC",
        "  The rules as they are now, in the order in which they are tried",
        "    - rule pay",
        '      - team="pay" (team is not set)',
        '      + service="checkout" (service is "checkout")',
        "    + rule rest",
        "      + when: true",
        "    reason: topology",
        "    incident: INC-1 HighErrors",
        "    what would be done",
        "      draw the status card",
        "      set the channel's topic",
        "      invite the responders",
    ]


def test_what_no_rule_takes() -> None:
    none = tree_of(foresee(alert(), World().snapshot(), RuleSet([rule('a="b"', name="a")]), catalog()))
    assert "  The rules as they are now, in the order in which they are tried; none takes it" in lines(none)
    empty = tree_of(foresee(alert(), World().snapshot(), RuleSet([]), catalog()))
    assert lines(empty)[1:] == [
        "  There are no rules",
        "  It would make no incident: No rule matches the alert.",
        "    reason: no_rule",
    ]


def test_what_was_decided_and_what_has_changed_since() -> None:
    recorded = Recorded(ended(alert(), 5), DecisionKind.SUPPRESS, "not_a_known_one", None)
    assert lines(tree_of(recall(recorded, RuleSet([rule(name="all")]), rule="old"))) == [
        "HighErrors on checkout in production has ended, at 2026-11-21 03:05:00 UTC",
        "  The rules as they are now, in the order in which they are tried",
        "    + rule all",
        "      + asks for nothing",
        "  It made no incident at 2026-11-21 03:05:00 UTC: not a known one",
        "    reason: not_a_known_one",
        "  The rules have changed since: rule old took it then, rule all would today.",
    ]


def test_an_incident_that_would_be_opened_has_no_name_yet() -> None:
    found = tree_of(foresee(alert(), World().snapshot(), RuleSet([rule(name="all")]), catalog()))
    assert not any(line.strip().startswith("incident: ") for line in lines(found))


def test_every_decision_has_its_words() -> None:
    assert set(DECIDED) == set(DecisionKind)
    recorded = Recorded(alert(), DecisionKind.OPEN, "opened", "i")
    told = verdict_of(recall(recorded, RuleSet([]), text="Because."))
    assert told == f"It opened an incident at {at(0):%Y-%m-%d %H:%M:%S} UTC: Because."


def test_that_a_condition_reads_the_time_is_said() -> None:
    world = World([rule(name="lasting", when=Says(answer=False, reads_time=True))])
    found = foresee(alert(minute=1), world.snapshot(), world.rule_set, world.catalog)
    assert found.decision.reason.text == (
        "No rule matches the alert. The condition of rule lasting reads the time, and may say otherwise"
        " later: it is asked again each minute."
    )
