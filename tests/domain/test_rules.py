from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Catalog, Service
from bot.domain.conditions import ConditionError
from bot.domain.incident import Severity
from bot.domain.rule_watch import CostBound
from bot.domain.rules import DEFAULT_RULE, Action, RuleSet, SeverityMapping, StormPolicy, Turn, Until
from bot.domain.schedule import Hours, Schedule
from bot.domain.suppression import unwanted
from tests.domain.conditions import Says
from tests.domain.world import alert, at, rule

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("PAGE", Severity.CRITICAL),
        ("major", Severity.ERROR),
        ("none", Severity.INFO),
        ("", Severity.WARNING),
        ("whatever", Severity.WARNING),
    ],
)
def test_severity_from_a_label(value: str, severity: Severity) -> None:
    assert SeverityMapping().of({"severity": value}) is severity


def test_severity_from_a_label_and_values_of_one_s_own() -> None:
    mapping = SeverityMapping("prio", {"p1": Severity.CRITICAL}, Severity.INFO)
    assert mapping.of({"prio": "P1"}) is Severity.CRITICAL
    assert mapping.of({"severity": "critical"}) is Severity.INFO


def test_the_first_rule_that_matches_decides() -> None:
    rules = RuleSet(
        [
            rule('team="pay"', 'severity=~"crit.*"', name="first"),
            rule('severity!="info"', name="second"),
            rule('team="pay"', name="third"),
            rule('team=""', name="none"),
        ]
    )
    found = [
        rules.route(alert(team="pay", severity="critical")),
        rules.route(alert(team="pay", severity="warning")),
        rules.route(alert(team="pay", severity="info")),
        rules.route(alert(severity="info")),
        rules.route(alert(team="mail", severity="info")),
    ]
    assert [one.rule.name if one.rule else None for one in found] == [
        "first",
        "second",
        "third",
        "none",
        None,
    ]
    assert found[0].severity is Severity.CRITICAL
    assert (found[4].group_key, found[4].severity) == ("", Severity.INFO)


def test_service_and_environment_are_matched_as_derived() -> None:
    rules = RuleSet([rule('service="checkout"', 'environment="staging"')])
    assert rules.route(alert("checkout", environment="staging", service_label="x")).rule is not None
    assert rules.route(alert("checkout")).rule is None


def test_a_storm_policy_is_there_by_default() -> None:
    assert RuleSet([DEFAULT_RULE]).storm == StormPolicy(10, timedelta(minutes=5))
    assert RuleSet([DEFAULT_RULE], StormPolicy(3)).storm.openings == 3
    assert set(RuleSet([DEFAULT_RULE]).by_name) == {"default"}


def test_the_group_key_names_rule_environment_and_labels() -> None:
    one = rule(name="r", group_by=("service", "region"))
    labels = {"service": "checkout", "region": "eu"}
    assert one.group_key(alert(), labels) == "r|environment=production|service=checkout|region=eu"
    signs = {"service": "a|b", "region": "c\\d"}
    assert one.group_key(alert(), signs) == r"r|environment=production|service=a\|b|region=c\\d"
    grouping = rule(name="r", group_by=("environment", "service"))
    assert grouping.group_key(alert(), labels) == "r|environment=production|service=checkout"


LABELS = st.fixed_dictionaries({"a": st.text("xy|=\\", max_size=6), "b": st.text("xy|=\\", max_size=6)})


@given(LABELS, LABELS)
def test_different_labels_never_share_a_group_key(one: dict[str, str], other: dict[str, str]) -> None:
    grouping = rule(group_by=("a", "b"))
    keys = grouping.group_key(alert(), one), grouping.group_key(alert(), other)
    assert (keys[0] == keys[1]) == (one == other)


def test_a_group_key_is_bounded_and_still_tells_apart() -> None:
    keys = {rule().group_key(alert(), {"service": "x" * 1_000_000 + end}) for end in "ab"}
    assert len(keys) == 2
    assert max(map(len, keys)) < 500


def test_the_index_changes_nothing() -> None:
    """Every rule is tried in its order, indexed by an equality or not."""
    rules = [
        rule(f'team="t{number % 3}"' if number % 2 else "team!=x", name=str(number)) for number in range(9)
    ]
    for team in ("t0", "t1", "t2", "x"):
        event = alert(team=team)
        slow = next((one for one in rules if all(m.matches(event.labels) for m in one.matchers)), None)
        assert RuleSet(rules).route(event).rule is slow


def test_a_rule_is_active_by_its_schedule() -> None:
    rules = RuleSet([rule(name="night", active=Schedule((Hours(UTC, end=181),))), rule(name="else")])
    assert [_taker(rules, alert(minute=minute)) for minute in (0, 1)] == ["night", "else"]


def test_a_condition_is_asked_last_and_one_alert_has_one_set_of_variables() -> None:
    first, second, never = Says(answer=False), Says(answer=True), Says(answer=True)
    rules = RuleSet(
        [
            rule("team=bank", name="other", when=never),
            rule(name="closed", active=Schedule((Hours(UTC, end=1),)), when=never),
            rule("team=pay", name="first", when=first),
            rule(name="second", when=second),
        ],
        catalog=Catalog([Service("checkout", owner="shop")]),
    )
    assert _taker(rules, alert(team="pay", severity="page")) == "second"
    assert never.asked == []
    assert first.asked[0] is second.asked[0]
    assert (first.asked[0]["owner"], first.asked[0]["severity"]) == ("shop", "critical")
    assert first.asked[0]["labels"] == {
        **alert(team="pay", severity="page").labels,
        "service": "checkout",
        "environment": "production",
    }


def test_what_is_declared_is_opened_by_the_first_rule_of_which_every_part_holds() -> None:
    fails = Says(ConditionError("no such key"))
    rules = RuleSet(
        [
            rule(name="attach", action=Action.ATTACH),
            rule(name="suppress", action=Action.SUPPRESS),
            rule('team="pay"', name="another team"),
            rule(name="fails", when=fails),
            rule(name="night", active=Schedule((Hours(UTC, end=1),))),
            rule('severity="critical"', name="bad"),
        ]
    )
    opener = rules.opener(alert(minute=1, severity="critical"))
    assert opener is not None
    assert opener.name == "bad"
    assert rules.opener(alert(severity="info")) is None
    assert [record.matches for record in rules.watch.values()] == [0] * 6
    assert rules.watch["fails"].errors == 0


def test_a_condition_that_fails_is_counted_and_stops_nothing() -> None:
    rules = RuleSet([rule(name="broken", when=Says(ConditionError("no tier"))), rule(name="else")])
    assert [_taker(rules, alert(minute=minute)) for minute in range(3)] == ["else"] * 3
    broken = rules.watch["broken"]
    assert (broken.errors, broken.last_error, broken.matches) == (3, "no tier", 0)
    assert (rules.watch["else"].matches, rules.watch["else"].last_matched) == (3, at(2))


def test_a_condition_that_is_slow_rests_and_stops_nothing() -> None:
    clock = iter(range(1000))
    slow = Says(answer=True)
    rules = RuleSet(
        [rule(name="slow", when=slow), rule(name="else")],
        meter=lambda: float(next(clock)),
        bound=CostBound(seconds=0.5, strikes=2, rest=timedelta(minutes=5)),
    )
    takers = [_taker(rules, alert(minute=minute)) for minute in range(8)]
    assert takers == ["slow", "slow", "else", "else", "else", "else", "slow", "slow"]
    assert (len(slow.asked), rules.watch["slow"].skipped) == (4, 4)


def test_what_went_past_a_rule_that_rests_is_considered_again_when_it_has_rested() -> None:
    seconds = iter(range(100))
    bound = CostBound(seconds=0.5, strikes=1, rest=timedelta(minutes=5))
    slow = rule(name="slow", when=Says(answer=True))
    mute = rule(name="mute", when=Says(answer=True), action=Action.SUPPRESS)
    rules = RuleSet([slow, mute], meter=lambda: float(next(seconds)), bound=bound)
    assert rules.route(alert(minute=0)).rule is slow
    assert rules.route(alert(minute=1)).rule is mute
    passed = rules.route(alert(minute=2))
    assert (passed.rule, passed.turn) == (None, Turn(at(5), "slow", Until.RESTED))
    cause = unwanted(passed)
    assert (cause.name, cause.until) == ("resting:slow", at(5))
    assert cause.reason.text == (
        "No rule matches the alert. Rule slow, which is left out for now because its condition was slow, may"
        " take it: it is considered again on 2026-11-21 03:05 UTC."
    )


@pytest.mark.parametrize("action", list(Action))
def test_a_condition_that_reads_the_time_is_asked_again(action: Action) -> None:
    lasting = rule(name="lasting", when=Says(answer=False, reads_time=True), action=action)
    turn = RuleSet([lasting]).route(alert()).turn
    assert turn == (None if action is Action.SUPPRESS else Turn(at(1), "lasting", Until.TIME))
    taken = RuleSet([replace(lasting, when=Says(reads_time=True))]).route(alert()).turn
    assert taken == (None if action is Action.OPEN else Turn(at(1), "lasting", Until.TIME))


def test_without_a_meter_nothing_is_slow() -> None:
    rules = RuleSet([rule(name="r", when=Says())], bound=CostBound(seconds=0.0, strikes=1))
    assert [_taker(rules, alert(minute=minute)) for minute in range(3)] == ["r"] * 3


def _taker(rules: RuleSet, event: AlertEvent) -> str | None:
    taken = rules.route(event).rule
    return taken.name if taken else None


def test_rules_that_stay_as_they_were_keep_their_records() -> None:
    earlier = RuleSet([rule(name="same"), rule("team=pay", name="changed"), rule(name="gone")])
    earlier.route(alert())
    later = RuleSet([rule(name="same"), rule("team=bank", name="changed"), rule(name="new")])
    later.keep_records(earlier)
    assert later.watch["same"] is earlier.watch["same"]
    matches = {name: record.matches for name, record in later.watch.items()}
    assert matches == {"same": 1, "changed": 0, "new": 0}
