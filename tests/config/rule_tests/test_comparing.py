from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.config.rule_tests.cases import differences

if TYPE_CHECKING:
    from pathlib import Path

FIRING = "[{at: 0m, firing: {alertname: High, service: s, severity: error}, annotations: {summary: hm}}]"
TWO = "[{at: 0m, firing: {alertname: High, service: s}}, {at: 1m, firing: {alertname: Slow, service: t}}]"
ONE_INCIDENT = (
    "[{at: 0m, firing: {alertname: A, service: s, x: '1'}}, {at: 0m, firing: {alertname: B, service: s}}]"
)
DEPLOYED = "[{at: 0m, change: {id: d, service: s}}, {at: 1m, firing: {alertname: High, service: s}}]"


@pytest.mark.parametrize(
    "incident",
    [
        "",
        "title: hm, rule: default, severity: error, state: triggered, environment: p, reason: opened",
        "services: [s], alerts: [High], count: 1, firing: 1, suspects: none",
        "alerts: [{service: s, severity: error}], suspects: []",
    ],
)
def test_what_is_as_expected_makes_no_difference(tmp_path: Path, incident: str) -> None:
    assert differences(tmp_path, FIRING, f"[{{at: 0m, incidents: [{{{incident}}}]}}]") == []


@pytest.mark.parametrize(
    ("incident", "about", "expected", "got"),
    [
        ("title: hmm", "title", "hmm", "hm"),
        ("rule: other", "rule", "other", "default"),
        ("severity: critical", "severity", "critical", "error"),
        ("state: resolved", "state", "resolved", "triggered"),
        ("environment: q", "environment", "q", "p"),
        ("reason: storm", "reason", "storm", "opened"),
        ("count: 2", "count", "2", "1"),
        ("firing: 0", "firing", "0", "1"),
        ("services: []", "services", "nothing", "s"),
        ("alerts: [Low]", "alerts", "Low", "High on s"),
        ("alerts: [{service: t, alertname: High}]", "alerts", "{service: t, alertname: High}", "High on s"),
        ("alerts: []", "alerts", "nothing", "High on s"),
        ("alerts: [{severity: info}]", "alerts", "{severity: info}", "High on s (severity: error)"),
        ("alerts: [{region: 2.10}, High]", "alerts", "{region: 2.10}, High", "High on s (no region)"),
        ("suspects: [d]", "suspects", "d first", "no suspect change"),
    ],
)
def test_each_part_of_an_incident_is_compared(
    tmp_path: Path, incident: str, about: str, expected: str, got: str
) -> None:
    found = differences(tmp_path, FIRING, f"[{{at: 0m, incidents: [{{{incident}}}]}}]")
    assert found == [(f"incident 'hm': {about}", expected, got)]


def test_incidents_are_these_and_no_other(tmp_path: Path) -> None:
    assert differences(tmp_path, FIRING, "[{at: 0m, incidents: []}]") == [
        ("incidents", "no further incident", "'hm' (rule default, error, triggered) with High on s")
    ]
    assert differences(tmp_path, "[]", "[{at: 0m, incidents: [{rule: a, count: 2}, {}]}]") == [
        ("incidents", "an incident with rule: a, count: 2", "nothing"),
        ("incidents", "an incident", "nothing"),
    ]


def test_the_order_of_incidents_does_not_matter(tmp_path: Path) -> None:
    found = differences(tmp_path, TWO, "[{at: 1m, incidents: [{services: [t]}, {services: [s]}]}]")
    assert found == []


@pytest.mark.parametrize(
    "incidents",
    [
        "{rule: default}, {services: [t]}",
        "{services: [t]}, {rule: default}",
        "{}, {rule: default, severity: critical}",
        "{rule: default}, {rule: default, severity: critical}",
    ],
)
def test_each_expectation_finds_the_incident_that_another_can_do_without(
    tmp_path: Path, incidents: str
) -> None:
    for severities in (("critical", "warning"), ("warning", "critical")):
        one, other = severities if "critical" in incidents else ("error", "error")
        events = (
            f"[{{at: 0m, firing: {{alertname: High, service: t, severity: {one}}}}},"
            f" {{at: 1m, firing: {{alertname: Slow, service: s, severity: {other}}}}}]"
        )
        assert differences(tmp_path, events, f"[{{at: 1m, incidents: [{incidents}]}}]") == []


def test_a_long_chain_of_expectations_moves_on(tmp_path: Path) -> None:
    """Each could do with two incidents; the last one wants the first of them."""
    many = 8
    names = [f"n{number}" for number in range(many + 1)]
    alerts = [
        f"{{at: 0m, firing: {{alertname: A, service: {name}, {name}: x, {other}: x}}}}"
        for name, other in itertools.pairwise([*names, "end"])
    ]
    wanted = [*(f"{{alerts: [{{{name}: x}}]}}" for name in names[1:]), "{services: [n0]}"]
    for order in (wanted, wanted[::-1]):
        expect = f"[{{at: 0m, incidents: [{', '.join(order)}]}}]"
        assert differences(tmp_path, f"[{', '.join(alerts)}]", expect) == []


def test_one_that_fails_does_not_take_the_incident_of_another(tmp_path: Path) -> None:
    expect = "[{at: 1m, incidents: [{services: [s], rule: other}, {services: [s], rule: default}]}]"
    assert differences(tmp_path, TWO, expect) == [
        ("incident 'Slow': services", "s", "t"),
        ("incident 'Slow': rule", "other", "default"),
    ] or differences(tmp_path, TWO, expect) == [
        ("incident 'Slow': rule", "other", "default"),
        ("incident 'Slow': services", "s", "t"),
    ]


def test_each_alert_is_meant_once(tmp_path: Path) -> None:
    def unlike(alerts: str) -> bool:
        return bool(differences(tmp_path, ONE_INCIDENT, f"[{{at: 0m, incidents: [{{alerts: {alerts}}}]}}]"))

    assert not unlike("[{service: s}, A]")  # whichever is asked first, A is left for whom it must be left
    assert not unlike("[A, {service: s}]")
    assert not unlike("[{service: s}, {x: '1'}]")
    assert unlike("[A, A]")
    assert unlike("[{service: s}]")


@pytest.mark.parametrize("suspects", ["[d]", "[{change: d, at_least: 0.5}]"])
def test_suspects_as_they_are_shown(tmp_path: Path, suspects: str) -> None:
    assert differences(tmp_path, DEPLOYED, f"[{{at: 1m, incidents: [{{suspects: {suspects}}}]}}]") == []


@pytest.mark.parametrize(
    ("suspects", "expected"),
    [
        ("none", "no suspect change"),
        ("[e]", "e first"),
        ("[d, e]", "d, e first"),
        ("[{change: d, at_least: 1}]", "d (at least 100%) first"),
    ],
)
def test_other_suspects_than_expected(tmp_path: Path, suspects: str, expected: str) -> None:
    [found] = differences(tmp_path, DEPLOYED, f"[{{at: 1m, incidents: [{{suspects: {suspects}}}]}}]")
    assert found[:2] == ("incident 'High': suspects", expected)
    assert found[2].startswith("d (")


def test_a_suspect_that_is_not_shown(tmp_path: Path) -> None:
    events = DEPLOYED.replace("{at: 1m, firing", "{at: 23h, firing")
    [found] = differences(tmp_path, events, "[{at: 23h, incidents: [{suspects: [d]}]}]")
    assert found[2].startswith("no suspect change (d (")
    assert differences(tmp_path, events, "[{at: 23h, incidents: [{suspects: none}]}]") == []


@pytest.mark.parametrize(
    ("decision", "differs"),
    [
        ("kind: open, reason: opened, text: opens an incident, rule: default", []),
        ("kind: hold", [("decision about High on s", "hold")]),
        ("reason: storm", [("decision about High on s: reason", "storm")]),
        ("text: by magic", [("decision about High on s: text", "'by magic'")]),
        ('rule: ""', [("decision about High on s: rule", "no rule")]),
    ],
)
def test_the_latest_decision_about_an_alert(
    tmp_path: Path, decision: str, differs: list[tuple[str, str]]
) -> None:
    expect = f"[{{at: 0m, decisions: [{{alert: High, {decision}}}]}}]"
    assert [one[:2] for one in differences(tmp_path, FIRING, expect)] == differs


def test_a_decision_about_what_was_never_heard(tmp_path: Path) -> None:
    expect = "[{at: 0m, decisions: [{alert: Low, kind: open}, {alert: {service: t}}]}]"
    assert differences(tmp_path, FIRING, expect) == [
        ("decision", "an alert Low", "none was heard"),
        ("decision", "an alert {service: t}", "none was heard"),
    ]


def test_a_decision_about_an_alert_with_another_label_names_the_label(tmp_path: Path) -> None:
    expect = "[{at: 0m, decisions: [{alert: {alertname: High, severity: info}, kind: open}]}]"
    assert differences(tmp_path, FIRING, expect) == [
        (
            "decision",
            "an alert {alertname: High, severity: info}",
            "none was heard, but High on s (severity: error)",
        )
    ]
