from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.rules import DEFAULT_RULE, Action, Rule, RuleSet
from bot.ingest.patterns import parse_matcher
from bot.replay.comparison import Answer, Comparison
from bot.replay.differences import How
from bot.replay.engine import Engine
from bot.replay.rows import decided
from bot.replay.tally import Tally
from tests.domain.world import alert, catalog, ended

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent

CALLS = catalog("web > checkout > payments")
ALONE = Rule("alone", join_hops=0)
HOUR = timedelta(hours=1)


def compare(
    before: Rule | list[Rule], after: Rule | list[Rule], *events: AlertEvent, page: int = 2
) -> Answer:
    """Both rule sets on the same events, a few at a time."""
    engines = [
        Engine(
            RuleSet(rules if isinstance(rules, list) else [rules]),
            CALLS,
            DEFAULT_PARAMETERS,
            ranking=False,
            lean=True,
            resolve_after=HOUR,
        )
        for rules in (before, after)
    ]
    comparison = Comparison(3_600)
    for start in range(0, len(events), page):
        old, new = (decided(engine, events[start : start + page], page) for engine in engines)
        comparison.add(old, new)
    return comparison.answer()


def hows(answer: Answer) -> list[tuple[How, int, int]]:
    return [(one.how, len(one.before), len(one.after)) for one in answer.incidents]


def test_the_same_rules_differ_in_nothing() -> None:
    events = [alert("checkout", 0), alert("web", 1), alert("search", 2), ended(alert("search", 2), 5)]
    assert compare(DEFAULT_RULE, DEFAULT_RULE, *events) == Answer(2, [], [])


def test_a_rule_that_suppresses_lets_incidents_vanish_and_says_so() -> None:
    quiet = Rule("quiet", action=Action.SUPPRESS)
    answer = compare(DEFAULT_RULE, quiet, alert("checkout", 0))
    assert hows(answer) == [(How.GONE, 1, 0)]
    assert answer.incidents[0].why == "Rule quiet suppresses the alert."
    (decision,) = answer.decisions
    assert (decision.before.kind, decision.after.kind, decision.count) == ("open", "suppress", 1)
    assert decision.first.service == "checkout"


def test_and_the_other_way_round_they_are_new() -> None:
    quiet = Rule("quiet", action=Action.SUPPRESS)
    answer = compare(quiet, DEFAULT_RULE, alert("checkout", 0))
    assert hows(answer) == [(How.NEW, 0, 1)]
    assert "Before: Rule quiet suppresses the alert." in answer.incidents[0].why


def test_incidents_merge_and_split_with_the_reason() -> None:
    events = [alert("checkout", 0), alert("web", 1), alert("checkout", 2, name="Slow")]
    merged = compare(ALONE, DEFAULT_RULE, *events)
    assert hows(merged) == [(How.MERGED, 2, 1)]
    assert merged.incidents[0].why.startswith("web is 1 call from checkout, which this incident is about")
    split = compare(DEFAULT_RULE, ALONE, *events)
    assert hows(split) == [(How.SPLIT, 1, 2)]
    assert "Rule alone opens an incident for HighErrors on web" in split.incidents[0].why


def test_incidents_are_cut_otherwise() -> None:
    events = [alert("a", 0), alert("a", 1, name="Slow"), alert("b", 2), alert("b", 3, name="Slow")]
    by_name = Rule("by name", group_by=("alertname",), join_hops=0)
    assert hows(compare(ALONE, by_name, *events)) == [(How.REGROUPED, 2, 2)]


def test_an_incident_that_opens_later_for_another_rule_has_changed() -> None:
    pairs = Rule("pairs", min_alerts=2)
    events = [alert("checkout", 0), alert("checkout", 4, name="Slow")]
    answer = compare(DEFAULT_RULE, pairs, *events)
    assert hows(answer) == [(How.CHANGED, 1, 1)]
    assert answer.incidents[0].why == (
        "rule pairs instead of default; opens 4 min later; titled 'Slow' instead of 'HighErrors'"
    )


def test_an_alert_that_waited_in_both_links_their_incidents() -> None:
    pairs, threes = Rule("few", min_alerts=2), Rule("few", min_alerts=3)
    events = [alert("checkout", 0), alert("checkout", 1, name="B"), alert("checkout", 2, name="C")]
    answer = compare(pairs, threes, *events, page=1)
    assert hows(answer) == [(How.CHANGED, 1, 1)]
    assert answer.incidents[0].why == "opens 1 min later; titled 'C' instead of 'B'"


def test_fewer_alerts_are_a_change_with_its_reason() -> None:
    rules = [Rule("quiet", (parse_matcher("alertname=Slow"),), action=Action.SUPPRESS), DEFAULT_RULE]
    answer = compare(DEFAULT_RULE, rules, alert("checkout", 0), alert("checkout", 1, name="Slow"))
    assert answer.incidents[0].why == "1 alerts instead of 2 (now: Rule quiet suppresses the alert.)"


def test_what_is_over_and_the_same_is_let_go() -> None:
    comparison = Comparison(60)
    engines = [
        Engine(RuleSet([DEFAULT_RULE]), CALLS, DEFAULT_PARAMETERS, ranking=False, resolve_after=HOUR)
        for _ in range(2)
    ]
    tally = Tally()
    for minute in range(0, 3000, 300):
        fired = alert("checkout", minute)
        old, new = (decided(engine, [fired, ended(fired, minute + 1)], 2) for engine in engines)
        comparison.add(old, new)
        tally.add(new)
    assert len(comparison._before.openings) <= 2
    assert comparison.answer() == Answer(10, [], [])
    assert (tally.incidents, tally.alerts, tally.of("default")[0]) == (10, 20, 10)


def test_two_histories_are_no_comparison() -> None:
    engines = [Engine(RuleSet([DEFAULT_RULE]), CALLS, DEFAULT_PARAMETERS, ranking=False) for _ in range(2)]
    pages = [decided(one, [alert(service, 0)], 1) for one, service in zip(engines, "ab", strict=True)]
    with pytest.raises(ValueError, match="is not"):
        Comparison(0).add(*pages)
