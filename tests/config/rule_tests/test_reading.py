from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.config.rule_tests.reading import files_of, read_cases
from bot.config.rule_tests.script import Script
from bot.ingest.labels import LabelPolicy
from tests.config.folders import written
from tests.config.rule_tests.cases import cases, problems

if TYPE_CHECKING:
    from pathlib import Path

TEST = (
    "tests:\n  - name: a\n    events:\n      - {at: 0m, firing: {a: b}}\n    expect:\n      - {at: 1m, %s}\n"
)


def test_a_test_has_what_its_file_gives_it(tmp_path: Path) -> None:
    one, other = cases(
        tmp_path,
        """
        start: 2026-11-21T03:00:00+01:00
        labels: {environment: production, team: a}
        tests:
          - {name: one, events: [], expect: [{at: 0m, incidents: []}]}
          - name: other
            start: 2026-12-24T00:00:00Z
            labels: {team: b}
            events: []
            expect: [{at: 0m, incidents: []}]
        """,
    )
    assert (one.name, one.labels["team"], other.labels["team"]) == ("one", "a", "b")
    assert one.start == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert other.start == datetime(2026, 12, 24, tzinfo=UTC)
    assert other.labels["environment"] == "production"
    assert other.place("labels") == ((tmp_path / "a.yaml").as_posix(), 7)


@pytest.mark.parametrize(
    "start", ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00-05:00", "1969-12-31T00:00:00Z"]
)
def test_a_start_without_room_around_it_is_told(tmp_path: Path, start: str) -> None:
    text = (TEST % "incidents: []").replace("- name: a", f"- name: a\n    start: {start}")
    [problem] = problems(tmp_path, text)
    message = "start: out of range; write a time of the years 1970 to 8999"
    assert problem.startswith(f"a.yaml:3:12: tests[0].{message}")
    [problem] = problems(tmp_path, f"start: {start}\n{TEST % 'incidents: []'}")
    assert problem.startswith(f"a.yaml:1:8: {message}")


@pytest.mark.unmeasured
@pytest.mark.parametrize("start", ["1970-01-01T00:00:00+14:00", "8999-12-31T23:59:59Z"])
def test_the_furthest_starts_have_room(tmp_path: Path, start: str) -> None:
    happening = "{at: 30d, lag: 30d, firing: {alertname: A}, for: 30d, repeat: every 30d x10000}"
    text = (TEST % "incidents: []").replace("{at: 0m, firing: {a: b}}", happening)
    [case] = cases(tmp_path, f"start: {start}\n{text}")
    assert len(list(Script(case, LabelPolicy()).facts())) == 20_000


def test_a_number_in_a_text_s_place_is_its_digits(tmp_path: Path) -> None:
    [case] = cases(
        tmp_path,
        """
        labels: {version: 2.10, code: 500}
        tests:
          - name: 1.0
            labels: {exact: 1e3, quoted: "3.30"}
            events:
              - {at: 1.5, firing: {alertname: A, version: 2.10}, annotations: {summary: 0.50}}
              - {at: 2, change: {id: 7, service: s, version: 2.10, waves: [{after: 0.5, share: 0.50}]}}
            expect:
              - {at: 2, incidents: [{alerts: [{version: 2.10}], suspects: [{change: 7, at_least: 0.10}]}]}
        """,
    )
    alert, change = case.form.events
    assert (case.name, dict(case.labels)) == (
        "1.0",
        {"version": "2.10", "code": "500", "exact": "1e3", "quoted": "3.30"},
    )
    assert (alert.firing, alert.annotations) == (
        {"alertname": "A", "version": "2.10"},
        {"summary": "0.50"},
    )
    assert alert.at == timedelta(seconds=1.5)
    assert change.change is not None
    assert (change.change.id, change.change.version, change.change.waves[0].share) == ("7", "2.10", 0.5)
    [incident] = case.form.expect[0].incidents or []
    assert incident.alerts == [{"version": "2.10"}]
    assert incident.suspects is not None
    assert incident.suspects[0].at_least == 0.1


def test_a_start_is_a_monday_unless_it_is_said(tmp_path: Path) -> None:
    [case] = cases(tmp_path, TEST % "incidents: []")
    assert f"{case.start:%A %H:%M %Z}" == "Monday 00:00 UTC"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("- {at: soon, firing: {a: b}}", "tests[0].events[0].at: not a duration such as 30s"),
        ("- {at: 0m, firng: {a: b}}", "did you mean firing?"),
        ("- {at: 0m}", "tests[0].events[0]: an event has one of firing, ended, change, resolve and silence"),
        ("- {at: 0m, firing: {}}", "events[0].firing: needs at least 1 entry"),
        ("- {at: 0m, firing: {a: b}, ended: {a: b}}", "an event has one of firing"),
        ("- {at: 0m, ended: {a: b}, for: 1m}", "only what is firing ends after a time (for)"),
        ("- {at: 0m, silence: ['a=b']}", "say for how long it is silenced (for)"),
        ("- {at: 0m, silence: [nonsense], for: 1h}", "is not a matcher"),
        ("- {at: 0m, silence: [], for: 1h}", "at least 1 entry"),
        ("- {at: 0m, firing: {a: b}, repeat: often}", "events[0].repeat: not a series such as every 1m x10"),
        ("- {at: 0m, firing: {a: b}, repeat: 3}", "events[0].repeat: not a series such as every 1m x10"),
        ("- {at: 0m, firing: {a: b}, repeat: every 1m x10001}", "less than or equal to 10000"),
        ("- {at: 0m, firing: {a: b}, repeat: every soon x2}", "not a duration such as 30s"),
        ("- {at: 0m, change: {id: a, service: b, vesion: c}}", "did you mean version?"),
        ("- {at: 0m, change: {id: a, service: b, type: guess}}", "events[0].change.type: input should be"),
    ],
)
def test_a_bad_event_is_told_at_its_place(tmp_path: Path, line: str, message: str) -> None:
    text = (TEST % "incidents: []").replace("- {at: 0m, firing: {a: b}}", line)
    [problem] = problems(tmp_path, text)
    assert problem.startswith("a.yaml:4:")
    assert message in problem


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("decisions: []", "it expects nothing"),
        ("incidents: [{sevrity: critical}]", "did you mean severity?"),
        ("incidents: [{state: open}]", "input should be"),
        ("incidents: [{suspects: some}]", 'a list is expected here: ["some"]'),
        ("incidents: [{suspects: [{change: a, at_least: 2}]}]", "less than or equal to 1"),
        ("incidents: [{alerts: [{}]}]", "at least 1 entry"),
        ("decisions: [{kind: open}]", "decisions[0].alert: is missing"),
    ],
)
def test_a_bad_expectation_is_told_at_its_place(tmp_path: Path, expected: str, message: str) -> None:
    [problem] = problems(tmp_path, TEST % expected)
    assert problem.startswith("a.yaml:6:")
    assert message in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "a mapping is expected here, with start, labels, tests"),
        ("", "a mapping is expected here"),
        ("tests: []\n", "at least 1 entry"),
        ("tests: [\n", "a.yaml:2:1"),
        (b"\xff", "not UTF-8"),
        ("a: &x [1]\nb: *x\n", "anchors and aliases are not allowed"),
    ],
)
def test_what_is_no_file_of_tests(tmp_path: Path, text: str | bytes, message: str) -> None:
    [problem] = problems(tmp_path, text)
    assert message in problem


def test_every_problem_of_every_file_is_told(tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": "tests: 1\n", "b.yaml": "tests: 2\n"})
    found = read_cases([tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "none.yaml"])
    assert [str(one).partition(":")[0].rpartition("/")[2] for one in found] == [
        "a.yaml",
        "b.yaml",
        "none.yaml",
    ]
    assert "cannot be read: No such file" in str(found[2])


def test_the_files_of_a_configuration_are_in_its_folder_of_tests(tmp_path: Path) -> None:
    names = ("rules/a.yaml", "tests/a.yaml", "tests/deep/b.yml", "tests/.hidden/c.yaml", "tests/notes.txt")
    written(tmp_path, dict.fromkeys(names, ""))

    def found(path: Path) -> list[str]:
        return [one.relative_to(tmp_path).as_posix() for one in files_of(path)]

    assert found(tmp_path) == ["tests/a.yaml", "tests/deep/b.yml"]
    assert found(tmp_path / "tests/deep") == ["tests/deep/b.yml"]
    assert found(tmp_path / "rules/a.yaml") == ["rules/a.yaml"]
