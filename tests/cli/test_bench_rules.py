"""`tocsin bench rules`: a short run ends with figures that add up; how fast they are is not judged here."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bot.cli.bench.rules import in_words
from bot.cli.bench.ruling import INDEXED, SEARCHED, SERVICES, Case, alerts, changes, rules, take

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

KEYS = {
    "ratio", "ours_us", "yardstick_us", "alerts", "services", "grows_with_rules", "grows_with_searched_rules",
    "grows_with_changes", "cases",
}  # fmt: skip


@pytest.mark.unmeasured
def test_a_short_run_prints_one_object_of_figures_and_in_words_a_table(
    process: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    run = process("bench", "rules", "--alerts", "50", "-o", "json")
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert set(figures) == KEYS
    assert (figures["alerts"], figures["services"]) == (50, 200)
    assert min(value for name, value in figures.items() if name != "cases") > 0
    cases = {(one["rules"], one["changes"], one["matchers"]): one["ours_per_s"] for one in figures["cases"]}
    assert min(cases.values()) > 0
    assert set(cases) == {
        *((many, made, INDEXED) for many in (10, 100, 1_000) for made in (100, 5_000, 50_000)),
        *((many, 5_000, SEARCHED) for many in (10, 100, 1_000)),
    }
    heading, *rows = in_words(figures).splitlines()
    assert heading.split("  ")[-1].strip() == "1,000 rules"
    assert [row.split("  ")[0] for row in rows[:4]] == [
        "100 changes", "5,000 changes", "50,000 changes", "5,000 changes, each rule tried",
    ]  # fmt: skip
    assert "ratio" in rows[-1]


@pytest.mark.parametrize("matchers", [INDEXED, SEARCHED])
def test_every_alert_is_taken_by_the_rule_of_its_team(matchers: str) -> None:
    found = rules(Case(10, 0, matchers))
    taken = [(found.route(event).rule, event.labels["team"]) for event in alerts(1_000, 10)]
    assert all(rule is not None and rule.name == team for rule, team in taken)
    assert set(Counter(team for _, team in taken).values()) == {100}


def test_the_changes_lie_in_the_day_before_and_are_of_all_services() -> None:
    known = changes(5_000)
    first = alerts(50, 1)[0].starts_at
    assert abs(len(known) - 5_000) <= 1
    assert all((first - change.time).total_seconds() < 86_400 + 600 for change in known)
    assert len({change.service for change in known}) == SERVICES


def test_each_group_opens_one_incident_that_is_ranked() -> None:
    took = take(Case(10, 100), alerts(200, 10), changes(100))
    assert (took.opened, took.ranked) == (4, 4)
    assert took.seconds > 0
