from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.incident import Severity
from bot.domain.rules import DEFAULT_RULE, RuleSet, SeverityMapping, StormPolicy
from tests.domain.world import alert, rule


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
