from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.config.folders import loaded, problems

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.rules import Rule

TOCSIN = """
zone: Europe/Berlin
calendars:
  holidays: [2026-12-25, 01-01, 2026-12-29/2026-12-31]
"""


def _rule(root: Path, active: str) -> Rule:
    text = f"rules:\n  - name: a\n    active: {active}\n"
    [rule] = loaded(root, {"tocsin.yaml": TOCSIN, "rules/a.yaml": text}).rules.rules
    return rule


def test_hours_of_the_week(tmp_path: Path) -> None:
    rule = _rule(tmp_path, '[{days: [mon-wed, fri], from: "09:00", to: "18:00", zone: America/New_York}]')
    assert str(rule.active) == "mon-wed, fri 09:00-18:00 America/New_York"


def test_the_zone_is_the_installation_s_and_the_rest_is_always(tmp_path: Path) -> None:
    assert str(_rule(tmp_path, "[{}]").active) == "00:00-24:00 Europe/Berlin"
    assert str(_rule(tmp_path, '[{to: "24:00", zone: UTC}]').active) == "00:00-24:00 UTC"
    assert _rule(tmp_path, "[]").active is None


def test_days_may_run_over_the_weekend(tmp_path: Path) -> None:
    assert str(_rule(tmp_path, "[{days: [sat-mon]}]").active).startswith("mon, sat-sun ")


@pytest.mark.parametrize(
    ("day", "off"),
    [("2026-12-25", True), ("2026-12-26", False), ("2027-01-01", True), ("2026-12-30", True)],
)
def test_calendars(tmp_path: Path, day: str, *, off: bool) -> None:
    active = _rule(tmp_path, "[{not_on: [holidays]}]").active
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    assert active is not None
    assert active.active(noon) is not off
    only = _rule(tmp_path, "[{on: [holidays]}]").active
    assert only is not None
    assert only.active(noon) is off


@pytest.mark.parametrize(
    ("hours", "place", "problem"),
    [
        ("{days: [monday]}", "rules[0].active[0].days[0]", "there is no day monday (did you mean mon?)"),
        ("{days: [mon-tue-wed]}", "active[0].days[0]", "write days as mon, or mon-fri"),
        ("{days: [1]}", "active[0].days[0]", "write days as mon"),
        ("{from: 9}", "active[0].from", 'write a time as "09:00", in quotes'),
        ('{to: "25:00"}', "active[0].to", "write a time as"),
        ('{to: "24:01"}', "active[0].to", "write a time as"),
        ("{zone: Europe/Berln}", "active[0].zone", "no time zone Europe/Berln (did you mean Europe/Berlin?)"),
        ("{not_on: [holliday]}", "not_on[0]", "no calendar holliday in tocsin.yaml (did you mean holidays?)"),
        ("{on: [holidays, nonsense]}", "active[0].on[1]", "there is no calendar nonsense in tocsin.yaml"),
        ("{untl: x}", "active[0].untl", "there is no such field"),
    ],
)
def test_hours_that_are_none(tmp_path: Path, hours: str, place: str, problem: str) -> None:
    text = f"rules:\n- name: a\n  active: [{hours}]\n"
    [said] = problems(tmp_path, {"tocsin.yaml": TOCSIN, "rules/a.yaml": text})
    assert said.startswith("rules/a.yaml:3:")
    assert place in said
    assert problem in said


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("2026-02-30", "2026-02-30 is no day; write 2026-12-25"),
        ("13-01", "13-01 is no day"),
        ("2026-12-31/2026-12-24", "ends before it begins"),
        ("2026-01-01/2028-01-01", "lasts more than a year"),
        ("7", "write a day as 2026-12-25"),
    ],
)
def test_days_that_are_none(tmp_path: Path, entry: str, problem: str) -> None:
    [said] = problems(tmp_path, {"tocsin.yaml": f"calendars:\n  holidays: [{entry}]\n"})
    assert said.startswith("tocsin.yaml:2:14: calendars.holidays[0]: ")
    assert problem in said


def test_a_calendar_may_be_empty_and_a_leap_day_is_one(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"tocsin.yaml": "calendars: {none: [], leap: [02-29]}\n"})
    assert found.installation.calendar()["leap"].yearly == {(2, 29)}
    assert found.installation.calendar()["none"].dates == frozenset()


@pytest.mark.parametrize("name", ["Holidays", "école fermée", "2026"])
def test_a_calendar_is_called_as_its_author_likes(tmp_path: Path, name: str) -> None:
    files = {
        "tocsin.yaml": f'calendars: {{"{name}": [12-25]}}\n',
        "rules/a.yaml": f'rules: [{{name: a, active: [{{on: ["{name}"]}}]}}]\n',
    }
    active = loaded(tmp_path, {**files}).rules.rules[0].active
    assert active is not None
    assert active.active(datetime(2026, 12, 25, 12, tzinfo=UTC))
    assert not active.active(datetime(2026, 12, 24, 12, tzinfo=UTC))


def test_another_case_is_another_calendar(tmp_path: Path) -> None:
    files = {
        "tocsin.yaml": "calendars: {holidays: [12-25]}\n",
        "rules/a.yaml": "rules: [{name: a, active: [{on: [Holidays]}]}]\n",
    }
    [said] = problems(tmp_path, {**files})
    assert "there is no calendar Holidays in tocsin.yaml (did you mean holidays?)" in said
    assert "at least 1 character" in problems(tmp_path, {"tocsin.yaml": 'calendars: {"": [12-25]}\n'})[0]
