from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.config.folders import loaded
from tests.config.rule_tests.cases import differences, failures

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failure_stands_where_its_expectation_is_written(tmp_path: Path) -> None:
    text = """
        tests:
          - name: a
            events:
              - {at: 0m, firing: {alertname: A, service: s}}
            expect:
              - at: 5m30s
                decisions:
                  - alert: A
                    reason: storm
                incidents:
                  - rule: default
                    state: resolved
              - at: 1m
                incidents: []
        """
    earlier, state, reason = failures(tmp_path, text)
    assert (earlier.line, earlier.at) == (14, timedelta(minutes=1))  # moments come by time, not as written
    assert (state.line, state.at, state.expected) == (12, timedelta(minutes=5, seconds=30), "resolved")
    assert (reason.line, reason.file) == (9, (tmp_path / "a.yaml").as_posix())


def test_what_happens_later_is_not_yet_so(tmp_path: Path) -> None:
    events = "[{at: 2m, firing: {alertname: A, service: s}}]"
    expect = "[{at: 1m59s, incidents: []}, {at: 2m, incidents: [{}]}]"
    assert differences(tmp_path, events, expect) == []


def test_a_person_resolves_the_incidents_of_a_service_or_all(tmp_path: Path) -> None:
    events = (
        "[{at: 0m, firing: {alertname: A, service: s}}, {at: 0m, firing: {alertname: A, service: t}},"
        " {at: 1m, resolve: s}, {at: 2m, resolve: all}]"
    )
    expect = "[{at: 1m, incidents: [{services: [t]}]}, {at: 2m, incidents: []}]"
    assert differences(tmp_path, events, expect) == []


def test_suspects_are_weighed_again_as_time_passes(tmp_path: Path) -> None:
    events = "[{at: 0m, firing: {alertname: A, service: s}}, {at: 4m, change: {id: c, service: s}, lag: 5m}]"
    expect = "[{at: 3m, incidents: [{suspects: none}]}, {at: 4m, incidents: [{suspects: [c]}]}]"
    assert differences(tmp_path, events, expect) == []


def test_an_alert_that_fired_twice_counts_once(tmp_path: Path) -> None:
    events = "[{at: 0m, firing: {alertname: A, service: s}, for: 1m, repeat: every 5m x3}]"
    assert differences(tmp_path, events, "[{at: 10m, incidents: [{count: 1, firing: 1, alerts: [A]}]}]") == []


def test_it_is_the_configuration_that_is_tested(tmp_path: Path) -> None:
    configuration = loaded(
        tmp_path / "tested",
        {
            "tocsin.yaml": "look_back: 1h\nlabels: {service: [app]}\n",
            "rules/a.yaml": "rules: [{name: mine, min_events: 2}]\n",
        },
    )
    text = """
        tests:
          - name: a
            events:
              - {at: 0m, change: {id: old, service: s}}
              - {at: 61m, firing: {alertname: A, app: s}}
              - {at: 62m, firing: {alertname: B, app: s}}
            expect:
              - {at: 61m, incidents: [], decisions: [{alert: A, kind: hold, rule: mine}]}
              - {at: 62m, incidents: [{rule: mine, services: [s], alerts: [A, B], suspects: none}]}
        """
    assert failures(tmp_path, text, configuration) == []


def test_what_is_silenced_makes_no_incident_until_the_silence_ends(tmp_path: Path) -> None:
    events = (
        "[{at: 0m, silence: ['service=s'], for: 10m}, {at: 1m, firing: {alertname: A, service: s}},"
        " {at: 1m, firing: {alertname: A, service: t}}]"
    )
    expect = (
        "[{at: 9m, incidents: [{services: [t]}], decisions: [{alert: {service: s}, kind: suppress,"
        " reason: silenced, text: '@somebody'}]}, {at: 10m, incidents: [{services: [t]}, {services: [s]}]}]"
    )
    assert differences(tmp_path, events, expect) == []


def test_a_change_with_maintenance_keeps_its_service_quiet(tmp_path: Path) -> None:
    events = (
        "[{at: 0m, change: {id: c, service: s, maintenance: true, took: 10m}},"
        " {at: 1m, firing: {alertname: A, service: s}}]"
    )
    expect = (
        "[{at: 9m, incidents: [], decisions: [{alert: A, kind: suppress, reason: maintenance}]},"
        " {at: 10m, incidents: [{}]}]"
    )
    assert differences(tmp_path, events, expect) == []


def test_a_condition_that_reads_the_time_holds_when_its_time_has_come(tmp_path: Path) -> None:
    lasting = 'received_at - starts_at > duration("10m")'
    young = 'received_at - starts_at <= duration("10m")'
    event = "{at: 0m, firing: {alertname: A, service: s}}"
    for rules in (
        f"[{{name: lasting, when: '{lasting}'}}]",
        f"[{{name: young, action: suppress, when: '{young}'}}, {{name: all}}]",
    ):
        configuration = loaded(tmp_path / "tocsin", {"rules/a.yaml": f"rules: {rules}\n"})
        expect = "[{at: 10m, incidents: []}, {at: 11m, incidents: [{count: 1}]}]"
        text = f"labels: {{environment: p}}\ntests: [{{name: t, events: [{event}], expect: {expect}}}]\n"
        assert failures(tmp_path, text, configuration) == []


def test_an_event_that_does_nothing_is_told(tmp_path: Path) -> None:
    fired = "{at: 0m, firing: {alertname: A, service: s, severity: page}}"
    text = (
        "labels: {environment: p}\ntests:\n  - name: t\n    events:\n"
        f"      - {fired}\n"
        "      - {at: 1m, ended: {alertname: A, service: s}}\n"
        "      - {at: 2m, resolve: nosuch}\n"
        "    expect: [{at: 3m, incidents: [{firing: 1}]}]\n"
    )
    assert [(one.line, one.about, one.expected) for one in failures(tmp_path, text)] == [
        (6, "ended", "an alert with these labels that fires"),
        (7, "resolve", "an open incident of nosuch"),
    ]
