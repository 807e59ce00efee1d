"""What a long replay forgets, so that its memory stays flat, and what it goes on knowing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.change import Change, ChangeKind, Wave
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.rules import DEFAULT_RULE, Action, Rule, RuleSet
from bot.replay.changes import Changes
from bot.replay.engine import Engine
from tests.domain.world import alert, at, catalog, ended
from tests.support.facts import change, incident, later

HOUR = 60
DAY = 24 * HOUR


def engine(*, lean: bool) -> Engine:
    return Engine(
        RuleSet([DEFAULT_RULE]), catalog("web > checkout"), DEFAULT_PARAMETERS, ranking=False, lean=lean
    )


def services(machine: Engine) -> set[str]:
    """Those whose alerts are known, when it has been tidied up."""
    return {one.service for one in machine.world.occurrences.values()}


@pytest.mark.parametrize(("lean", "known"), [(True, {"checkout"}), (False, {"checkout", "web"})])
def test_an_incident_that_goes_on_forgets_what_ended_a_day_ago_where_nothing_is_ranked(
    lean: bool, known: set[str]
) -> None:
    machine = engine(lean=lean)
    for event in (alert("checkout", 0), alert("web", 1), ended(alert("web", 1), 5)):
        machine.feed(event)
    machine.advance(at(DAY))
    machine.advance(at(DAY + 1))
    assert services(machine) == {"checkout", "web"}
    machine.advance(at(DAY + HOUR))
    machine.advance(at(DAY + 2 * HOUR))
    assert services(machine) == known
    assert len(machine.world.incidents) == 1


def test_an_alert_that_nobody_repeats_for_a_week_is_forgotten_but_its_incident_stays_open() -> None:
    machine = engine(lean=True)
    machine.feed(alert("checkout", 0))
    for days in (6, 7.1, 7.2):
        assert services(machine) == {"checkout"}
        machine.advance(at(days * DAY))
    assert services(machine) == set()
    assert [one.is_open for one in machine.world.incidents.values()] == [True]


def test_an_alert_that_is_repeated_is_known_for_as_long_as_it_fires() -> None:
    machine = engine(lean=True)
    for number in range(20):
        machine.feed(replace(alert("checkout", 0), received_at=at(number * DAY), event_id=f"again-{number}"))
    assert services(machine) == {"checkout"}
    assert len(machine.world.incidents) == 1
    for days in (7, 8, 9):
        machine.advance(at((19 + days) * DAY))
    assert services(machine) == set()
    assert not machine.world.repeated


@pytest.mark.parametrize(("lean", "known"), [(True, 0), (False, 1)])
def test_a_change_stays_known_while_an_open_incident_may_be_explained_by_it(lean: bool, known: int) -> None:
    machine = engine(lean=lean)
    machine.feed(Change("c1", "ci", ChangeKind.DEPLOY, "checkout", "production", at(-5), at(-5), "c1"))
    machine.feed(alert("checkout", 0))
    machine.advance(at(0) + timedelta(days=2))
    machine.advance(at(0) + timedelta(days=3))
    assert len(machine.world.changes) == known


def test_where_much_is_known_it_is_looked_through_only_when_much_has_come() -> None:
    machine = engine(lean=True)
    many = 1_000
    for number in range(many):
        machine.feed(alert("checkout", 0, name=f"alert-{number}"))
        machine.feed(ended(alert("checkout", 0, name=f"alert-{number}"), 1))
    machine.advance(at(2 * DAY))
    machine.advance(at(2 * DAY))  # half as many facts have come: what is old goes
    assert len(machine.world.occurrences) == 0
    for number in range(many):
        machine.feed(alert("checkout", 2 * DAY, name=f"alert-{number}"))
    machine.advance(at(3 * DAY))
    machine.advance(at(4 * DAY))  # looked through, and everything fires
    machine.feed(ended(alert("checkout", 2 * DAY, name="alert-0"), 4 * DAY))
    machine.advance(at(8 * DAY))
    machine.advance(at(8 * DAY))
    assert len(machine.world.occurrences) == many  # one more fact is no reason


def test_a_rollout_is_known_as_long_as_its_latest_wave_is_young() -> None:
    made = change("c1", at=-30 * 3600)
    known = Changes()
    for waves in ((-30.0,), (-30.0, -15.0), (-30.0, -15.0, -1.0)):
        told = tuple(Wave(later(hours * 3600)) for hours in waves)
        assert known.add(replace(made, waves=told, received_at=told[-1].time))
    known.add(change("old", at=-30 * 3600))
    known.forget(later(-24 * 3600))
    assert [one.change_id for one in known] == ["c1"]
    known.forget(later(0))
    assert len(known) == 0


def test_of_a_corrected_change_nothing_is_left_where_it_was_told_wrongly() -> None:
    known = Changes()
    wrong = change("c1", "search", at=-600, kind=ChangeKind.ROLLBACK)
    known.add(wrong)
    known.add(replace(wrong, service="web", kind=ChangeKind.DEPLOY, received_at=later(60)))
    assert not known.rolled_back(incident(onset=later(-900)))
    known.forget(later(-1_200))
    assert [one.service for one in known] == ["web"]
    known.forget(later(0))
    assert len(known) == 0


@pytest.mark.parametrize("lean", [True, False])
def test_what_waits_and_never_ends_is_considered_or_forgotten(lean: bool) -> None:
    rules = RuleSet([Rule("joins", action=Action.ATTACH)])
    machine = Engine(rules, catalog("web"), DEFAULT_PARAMETERS, ranking=False, lean=lean)
    machine.feed(alert("web", 0))
    for day in range(1, 10):
        machine.feed(alert("checkout", day * DAY, name=f"A{day}"))
        machine.feed(ended(alert("checkout", day * DAY, name=f"A{day}"), day * DAY + 1))
    waiting = {key for file in machine.world.quieted.values() for key in file}
    assert waiting == {key for key, one in machine.world.occurrences.items() if one.service == "web"}
    assert bool(waiting) is not lean
