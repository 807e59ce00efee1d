from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.incident import Severity
from bot.domain.rules import DEFAULT_RULE, Action, Held, Rule
from bot.ingest.patterns import parse_matcher
from tests.config.folders import loaded, problems

if TYPE_CHECKING:
    from pathlib import Path


INHIBITION = "{name: a, source_match: [a=b], target_match: [a=c]}"


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
            when: labels.?tier.orValue("") != "batch"
            active: [{days: [mon-fri]}]
            action: attach
            announce: ["#shop"]
            owners: [U024BE7LH]
            held: open
            flap_after: 3
        """,
    )
    assert [str(matcher) for matcher in rule.matchers] == ['team="pay"', 'severity=~"page|critical"']
    assert (rule.group_by, rule.window, rule.min_alerts) == (("service", "region"), timedelta(minutes=90), 3)
    assert (rule.severity.label, rule.severity.default) == ("level", Severity.ERROR)
    assert (rule.severity.values["p1"], rule.severity.values["p4"]) == (Severity.CRITICAL, Severity.INFO)
    assert (rule.join_hops, rule.reopen_window) == (0, timedelta(minutes=10))
    assert rule.page == {Severity.CRITICAL, Severity.ERROR}
    assert (rule.playbooks, rule.invite, rule.suppress) == ((), ("ada@example.com",), False)
    assert rule.when is not None
    assert rule.when.source == 'labels.?tier.orValue("") != "batch"'
    assert (str(rule.active), rule.action) == ("mon-fri 00:00-24:00 UTC", Action.ATTACH)
    assert (rule.announce, rule.owners) == (("#shop",), ("U024BE7LH",))
    assert (rule.held, rule.flap_after) == (Held.OPEN, 3)


def test_what_a_rule_leaves_out_is_as_in_the_rule_of_no_configuration(tmp_path: Path) -> None:
    assert _rule(tmp_path, f"rules: [{{name: {DEFAULT_RULE.name}}}]") == DEFAULT_RULE


def test_a_rule_that_suppresses(tmp_path: Path) -> None:
    assert _rule(tmp_path, "rules: [{name: quiet, action: suppress}]").suppress


@pytest.mark.parametrize(
    ("line", "path", "message"),
    [
        ("match: ['a=~\"(\"']", "match[0]", "missing )"),
        ("match: ['a=b', 'nonsense']", "match[1]", "is not a matcher"),
        ("match: a=b", "match", 'a list is expected here: ["a=b"]'),
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
        ("action: atach", "action", "did you mean attach?"),
        ("match: [7]", "match[0]", "a text is expected here"),
        ("when: 7", "when", "a text is expected here"),
        ('when: team == "x"', "when", "there is no team (did you mean labels.team?)"),
        ("held: drop", "held", "input should be 'expire' or 'open'"),
        ("flap_after: 1", "flap_after", "greater than or equal to 2"),
    ],
)
def test_a_bad_field_is_told_at_its_place(tmp_path: Path, line: str, path: str, message: str) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": f"rules:\n  - name: a\n    {line}\n"})
    assert problem.startswith("rules/a.yaml:3:")
    assert f"rules[0].{path}: " in problem
    assert message in problem


def test_the_caret_of_a_condition_stands_under_its_problem(tmp_path: Path) -> None:
    text = """
        rules:
          - name: a
            when: >-
              severity == "critical" &&
              labels.team == 3
    """
    [problem] = problems(tmp_path, {"rules/a.yaml": text})
    head, line, caret = problem.splitlines()
    assert head == "rules/a.yaml:5:19: rules[0].when: == does not take (string, int)"
    assert line.index("==") == caret.index("^")


def test_inhibitions_and_maintenance_stand_beside_rules(tmp_path: Path) -> None:
    text = """
        inhibit:
          - name: cluster-down
            source_match: [alertname="ClusterDown"]
            target_match: ['severity=~"warning|info"']
            equal: [cluster]
        maintenance:
          - name: backups
            match: [service="database"]
            active: [{days: [sun], from: "02:00", to: "04:00"}]
            comment: The weekly backup.
    """
    rules = loaded(tmp_path, {"rules/a.yaml": text}).rules
    [inhibition], [window] = rules.inhibitions, rules.windows
    assert (inhibition.name, inhibition.equal) == ("cluster-down", ("cluster",))
    assert inhibition.is_source({"alertname": "ClusterDown"})
    assert inhibition.is_target({"severity": "info"})
    assert (window.name, window.comment) == ("backups", "The weekly backup.")
    assert str(window.when) == "sun 02:00-04:00 UTC"
    assert [rule.name for rule in rules.rules] == [DEFAULT_RULE.name]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "inhibit: [{name: a, source_match: [], target_match: [a=b]}]",
            "inhibit[0].source_match: needs at least 1 entry",
        ),
        ("inhibit: [{name: a, target_match: [a=b]}]", "inhibit[0].source_match: is missing"),
        ("maintenance: [{name: a, match: [a=b]}]", "maintenance[0].active: is missing"),
        ("maintenance: [{name: a, match: [a=b], active: [{on: [x]}]}]", "there is no calendar x"),
        (
            f"inhibit: [{INHIBITION}, {INHIBITION}]",
            "inhibit[1].name: rules/a.yaml has an inhibition called a",
        ),
    ],
)
def test_what_is_no_inhibition_or_maintenance(tmp_path: Path, text: str, problem: str) -> None:
    [said] = problems(tmp_path, {"rules/a.yaml": text})
    assert problem in said


@pytest.mark.parametrize("name", ["", "Ab", "a b", "a/b", "x" * 64])
def test_a_name_is_short_and_plain(tmp_path: Path, name: str) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": f"rules: [{{name: '{name}'}}]\n"})
    assert "rules[0].name: " in problem


def test_a_file_of_rules_holds_rules(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": "name: a\n"})
    assert "name: there is no such field" in problem
    [problem] = problems(tmp_path, {"rules/a.yaml": "{}\n"})
    assert "one of rules, inhibit, maintenance is expected here" in problem


@pytest.mark.parametrize(
    "matcher",
    ['service=""', "service=", 'environment=~""', 'service=~"^$"', 'service!~".+"', 'environment!~"^..*$"'],
)
def test_what_an_alert_always_has_is_never_empty(tmp_path: Path, matcher: str) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": f"rules: [{{name: a, match: ['{matcher}']}}]\n"})
    name = "service" if "service" in matcher else "environment"
    assert problem.startswith(
        f"rules/a.yaml:1:27: rules[0].match[0]: never holds: an alert that names no {name} reads unknown"
        f' (did you mean {name}="unknown"?)'
    )


@pytest.mark.parametrize(
    "matcher",
    ['service="unknown"', 'service!=""', 'service=~".+"', 'service=~"|a"', 'service!~"a.+"', 'team=""'],
)
def test_other_matchers_on_it_are_as_they_were(tmp_path: Path, matcher: str) -> None:
    [rule] = loaded(tmp_path, {"rules/a.yaml": f"rules: [{{name: a, match: ['{matcher}']}}]\n"}).rules.rules
    assert rule.matchers == (parse_matcher(matcher),)


def test_a_field_without_its_value_is_told(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": "rules:\n  - name: a\n    when:\n"})
    assert problem.startswith("rules/a.yaml:3:10: rules[0].when: a text is expected here")


def test_alertmanagers_word_for_every_label_is_none_here(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, {"rules/a.yaml": "rules: [{name: a, group_by: ['...']}]\n"})
    assert "rules[0].group_by[0]: no label; to keep alerts apart name those by which they differ" in problem
