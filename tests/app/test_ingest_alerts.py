from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.decisions import DecisionKind
from bot.domain.errors import ConflictError, StoreUnavailableError
from bot.domain.incident import State
from bot.domain.rules import Rule, RuleSet
from bot.domain.timer import TimerKind
from tests.app.conftest import Intake, alert_intake
from tests.support.facts import alert_event, change, later

if TYPE_CHECKING:
    from bot.domain.decisions import Outcome


async def test_the_first_alert_opens_and_the_next_ones_join(intake: Intake) -> None:
    taken = await intake.alerts.take_in([alert_event("f1"), alert_event("f2")])
    assert taken.decisions == {
        DecisionKind.OPEN: 1,
        DecisionKind.ATTACH: 1,
        DecisionKind.DUPLICATE: 0,
    }
    (incident,) = intake.incidents
    assert (incident.name, incident.firing, incident.services) == ("INC-1", 2, ("checkout",))
    assert intake.effects() == [
        "slack.open_channel",
        "slack.status_card",
        "playbook.start",
        "kafka.publish",
        "page",
        "slack.suspects_card",
    ]
    timer = intake.store.state.timers[TimerKind.CHANNEL_OVERDUE, incident.id].timer
    assert timer.due_at == later(60)


async def test_what_was_taken_in_before_changes_nothing(intake: Intake) -> None:
    events = [alert_event("f1"), alert_event("f2"), alert_event("f1")]
    first = await intake.alerts.take_in(events)
    effects = intake.effects()
    again = await intake.alerts.take_in(events)
    assert first.decisions[DecisionKind.DUPLICATE] == 1
    assert again.decisions == {DecisionKind.DUPLICATE: 3}
    assert (len(intake.incidents), intake.effects()) == (1, effects)
    assert len(intake.store.state.events) == 2


async def test_when_all_have_ended_it_is_monitored(intake: Intake) -> None:
    alerts = intake.alerts
    await alerts.take_in([alert_event("f1")])
    await alerts.take_in([alert_event("f1", ended=60)])
    (incident,) = intake.incidents
    assert (incident.state, incident.version) == (State.MONITORING, 2)


async def test_related_services_make_one_incident_over_batches(intake: Intake) -> None:
    await intake.alerts.take_in([alert_event("f1", service="db")])
    await intake.alerts.take_in([alert_event("f2", service="web", at=30)])
    (incident,) = intake.incidents
    assert incident.services == ("db", "web")


async def test_a_held_alert_counts_when_its_fellows_come_in_later_batches() -> None:
    intake = Intake(rules=RuleSet([Rule("pairs", min_alerts=2)]))
    await intake.alerts.take_in([alert_event("f1")])
    assert intake.incidents == []
    await intake.alerts.take_in([alert_event("f2", at=5)])
    (incident,) = intake.incidents
    assert incident.firing == 2


async def test_an_opening_names_its_suspect(intake: Intake) -> None:
    await intake.changes.take_in([change("c1", "checkout", at=-60)])
    taken = await intake.alerts.take_in([alert_event("f1", service="checkout")])
    (ranking,) = intake.store.state.rankings[intake.incidents[0].id]
    assert taken.ranked == 1
    assert ranking.suspects[0].change.change_id == "c1"


async def test_a_lost_race_is_run_again(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    save = "tests.support.memory.board.MemoryBoard.save"
    losses = 2
    from tests.support.memory.board import MemoryBoard  # noqa: PLC0415 - the original behind the patch

    original = MemoryBoard.save

    async def losing(self: MemoryBoard, outcome: Outcome) -> None:
        nonlocal losses
        losses -= 1
        if losses >= 0:
            raise ConflictError("a test wins")
        await original(self, outcome)

    monkeypatch.setattr(save, losing)
    await intake.alerts.take_in([alert_event("f1")])
    assert len(intake.incidents) == 1


async def test_without_a_database_nothing_is_taken_in(intake: Intake) -> None:
    alerts = intake.alerts
    intake.store.reachable = False
    with pytest.raises(StoreUnavailableError):
        await alerts.take_in([alert_event("f1")])
    intake.store.reachable = True
    await alerts.take_in([alert_event("f1")])
    assert len(intake.incidents) == 1


async def test_only_a_wrong_guess_about_a_group_costs_a_second_transaction(intake: Intake) -> None:
    alerts = alert_intake(intake.store, intake.rules)
    begun: list[None] = []
    begin = intake.store.begin

    def counting() -> object:
        begun.append(None)
        return begin()

    intake.store.begin = counting  # type: ignore[method-assign, assignment] # counts transactions
    await alerts.take_in([alert_event("f1", service="web")])
    await alerts.take_in([alert_event("f2", service="elsewhere")])
    await alerts.take_in([alert_event("f3", service="web", at=1)])
    assert len(begun) == 3
    for incident in intake.incidents:
        incident.state, incident.resolved_at = State.RESOLVED, incident.opened_at
    await alerts.take_in([alert_event("f4", service="web", at=2)])
    assert len(begun) == 5
