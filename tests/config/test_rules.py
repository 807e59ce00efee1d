from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.incident import Severity
from bot.domain.rules import DEFAULT_RULE, Rule
from tests.config.folders import loaded, problems

if TYPE_CHECKING:
    from pathlib import Path


def _rule(root: Path, text: str) -> Rule:
    [rule] = loaded(root, {"rules/a.yaml": text}).rules.rules
    return rule


def test_a_rule_says_all_there_is_to_say(tmp_path: Path) -> None:
    rule = _rule(
        tmp_path,
        """
        rules:
          - name: payments
            description: The money.
            match: ['team="pay"', 'severity=~"page|critical"']
            group_by: [service, region]
            window: 1h30m
            min_events: 3
            severity: {label: level, values: {P1: critical, p4: info}, default: error}
            join: {hops: 0}
            reopen_window: 10m
            page: [critical, error]
            playbooks: []
            invite: [ada@example.com]
        """,
    )
    assert [str(matcher) for matcher in rule.matchers] == ['team="pay"', 'severity=~"page|critical"']
    assert (rule.group_by, rule.window, rule.min_alerts) == (("service", "region"), timedelta(minutes=90), 3)
    assert (rule.severity.label, rule.severity.default) == ("level", Severity.ERROR)
    assert (rule.severity.values["p1"], rule.severity.values["p4"]) == (Severity.CRITICAL, Severity.INFO)
    assert (rule.join_hops, rule.reopen_window) == (0, timedelta(minutes=10))
    assert rule.page == {Severity.CRITICAL, Severity.ERROR}
    assert (rule.playbooks, rule.invite, rule.suppress) == ((), ("ada@example.com",), False)


def test_what_a_rule_leaves_out_is_as_in_the_rule_of_no_configuration(tmp_path: Path) -> None:
    assert _rule(tmp_path, f"rules: [{{name: {DEFAULT_RULE.name}}}]") == DEFAULT_RULE


def test_a_rule_that_suppresses(tmp_path: Path) -> None:
    assert _rule(tmp_path, "rules: [{name: quiet, action: suppress}]").suppress


@pytest.mark.parametrize(
    ("line", "path", "message"),
    [
        ("match: ['a=~\"(\"']", "match[0]", "missing )"),
        ("match: ['a=b', 'nonsense']", "match[1]", "is not a matcher"),
        ("match: a=b", "match", "valid list"),
        ("group_by: ['not a label']", "group_by[0]", "pattern"),
        ("window: soon", "window", "not a duration such as 30s"),
        ("window: 0s", "window", "greater than 0 s"),
        ("window: 31d", "window", "less than or equal to 30 d"),
        ("min_events: 0", "min_events", "greater than or equal to 1"),
        ("join: {hops: 11}", "join.hops", "less than or equal to 10"),
        ("severity: {values: {a: awful}}", "severity.values.a", "input should be"),
        ("page: [always]", "page[0]", "input should be"),
        ("action: explode", "action", "input should be 'open', 'attach' or 'suppress'"),
        ("grup_by: [a]", "grup_by", "did you mean group_by?"),
        ("join: {hop: 1}", "join.hop", "did you mean hops?"),
    ],
)
def test_a_bad_field_is_told_at_its_place(tmp_path: Path, line: str, path: str, message: str) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": f"rules:\n  - name: a\n    {line}\n"})
    assert problem.startswith("rules/a.yaml:3:")
    assert f"rules[0].{path}: " in problem
    assert message in problem


@pytest.mark.parametrize("name", ["", "Ab", "a b", "a/b", "x" * 64])
def test_a_name_is_short_and_plain(tmp_path: Path, name: str) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": f"rules: [{{name: '{name}'}}]\n"})
    assert "rules[0].name: " in problem


def test_a_file_of_rules_holds_rules(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": "name: a\n"})[1:]
    assert "name: there is no such field" in problem
