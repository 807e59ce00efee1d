from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app.ingest_changes import statement_identity
from bot.app.timers import Bell
from bot.app.waking import Waking
from bot.domain.change import ChangeKind
from bot.domain.reranking import AFTER_QUIET
from bot.domain.timer import Timer, TimerKind
from tests.support.facts import alert_event, change, later

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.change import Change
    from tests.app.conftest import Intake


async def test_a_late_change_ranks_the_open_incident_that_it_could_explain(intake: Intake) -> None:
    await intake.alerts.take_in([alert_event("f1", service="web")])
    await intake.changes.take_in([change("c1", "db", at=-120, received_at=later(300))])
    (incident,) = intake.incidents
    first, second = intake.store.state.rankings[incident.id]
    assert (first.suspects, second.suspects[0].change.change_id) == ((), "c1")


async def test_a_change_that_explains_nothing_open_ranks_nothing(intake: Intake) -> None:
    await intake.alerts.take_in([alert_event("f1", service="db")])
    await intake.changes.take_in(
        [
            change("above", "web", at=-60),
            change("elsewhere", "db", at=-60, environment="staging"),
            change("after", "db", at=600),
            change("long-ago", "db", at=-100_000),
        ]
    )
    assert len(intake.store.state.rankings[intake.incidents[0].id]) == 1


async def test_a_change_of_no_service_could_explain_all(intake: Intake) -> None:
    await intake.alerts.take_in([alert_event("f1", service="db")])
    await intake.changes.take_in([change("dns", "global", at=-60)])
    assert len(intake.store.state.rankings[intake.incidents[0].id]) == 2


async def test_the_same_statement_again_is_known_and_a_corrected_one_is_not(intake: Intake) -> None:
    told, corrected = change("c1"), change("c1", version="1.4.3", at=-200)
    assert await intake.changes.take_in([told, told]) == 1
    assert await intake.changes.take_in([told]) == 0
    assert await intake.changes.take_in([corrected]) == 1
    assert list(intake.store.state.changes.values()) == [corrected]
    assert statement_identity(told) != statement_identity(corrected)


@pytest.mark.parametrize(
    "right",
    [
        change("c1", "web", at=-120, received_at=later(60)),
        change("c1", "db", at=-120, received_at=later(60), environment="staging"),
        change("c1", "db", at=600, received_at=later(60)),
        change("c1", "db", at=-100_000, received_at=later(60)),
    ],
)
async def test_a_suspect_that_was_told_of_wrongly_is_none_any_more(intake: Intake, right: Change) -> None:
    await intake.changes.take_in([change("c1", "db", at=-120)])
    await intake.alerts.take_in([alert_event("f1", service="db")])
    await intake.changes.take_in([right])
    before, after = intake.store.state.rankings[intake.incidents[0].id]
    assert (before.shown, after.shown) == (True, False)


async def test_a_ranking_that_says_the_same_is_not_kept(intake: Intake) -> None:
    await intake.alerts.take_in([alert_event("f1", service="db")])
    effects = intake.effects()
    await intake.changes.take_in([change("c1", "db", at=-86_000)])
    await intake.changes.take_in([change("c1", "db", at=-86_000, summary="again")])
    assert intake.effects()[: len(effects)] == effects


async def test_a_rollback_is_weighed_when_it_comes_and_looked_at_again_later(intake: Intake) -> None:
    await intake.changes.take_in([change("c1", "db", at=-120)])
    await intake.alerts.take_in([alert_event("f1", service="db")])
    (incident,) = intake.incidents
    await intake.changes.take_in([change("back", "db", at=1_200, kind=ChangeKind.ROLLBACK, rolls_back="c1")])
    recovery = [
        term.value
        for one in intake.store.state.rankings[incident.id][-1].suspects
        for term in one.reasons
        if term.name == "recovery"
    ]
    assert len(recovery) == 1
    due = intake.store.state.timers[TimerKind.RERANK, incident.id].timer.due_at
    assert due == incident.opened_at + timedelta(seconds=1_800)


async def test_whether_a_rollback_helped_is_looked_at_once_more_after_the_last_moment(intake: Intake) -> None:
    async def due_after(minutes: int) -> datetime:
        waking = Waking(replace(intake.alerts, clock=lambda: incident.opened_at + timedelta(minutes=minutes)))
        async with intake.store.begin() as uow:
            await waking.rerank(uow, Timer(TimerKind.RERANK, incident.id, incident.opened_at))
        return intake.store.state.timers[TimerKind.RERANK, incident.id].timer.due_at

    await intake.changes.take_in([change("c1", "db", at=-120)])
    await intake.alerts.take_in([alert_event("f1", service="db")])
    (incident,) = intake.incidents
    assert await due_after(15) < incident.opened_at + timedelta(minutes=15), "nothing to look at"
    await intake.changes.take_in([change("back", "db", at=800, kind=ChangeKind.ROLLBACK, rolls_back="c1")])
    assert await due_after(15) == incident.opened_at + timedelta(minutes=25)


async def test_what_joined_is_weighed_without_a_further_look(intake: Intake) -> None:
    await intake.changes.take_in([change("c1", "db", at=-120)])
    await intake.alerts.take_in([alert_event("f1", service="db")])
    (incident,) = intake.incidents
    await intake.alerts.take_in([alert_event("f2", service="db")])
    due = intake.store.state.timers.pop((TimerKind.JOINED, incident.id)).timer
    assert due.due_at == incident.opened_at + timedelta(seconds=30)
    before = dict(intake.store.state.timers)
    async with intake.store.begin() as uow:
        await Bell(Waking(intake.alerts)).ring(uow, due)
    assert intake.store.state.timers == before
    assert len(intake.store.state.rankings[incident.id]) == 1


async def test_what_joined_late_is_weighed_together_and_as_of_when_it_joined(intake: Intake) -> None:
    late = replace(intake.alerts, clock=lambda: later(3600))
    await intake.changes.take_in([change("c1", "db", at=-120)])
    await late.take_in([alert_event("f1", service="db")])
    await late.take_in([alert_event("f2", service="db", at=2)])
    (incident,) = intake.incidents
    due = intake.store.state.timers.pop((TimerKind.JOINED, incident.id)).timer
    assert due.due_at == later(3630), "not at once for each of a backlog"
    await intake.changes.take_in([change("c2", "db", at=-60, received_at=later(2))])
    intake.store.state.rankings[incident.id].clear()
    async with intake.store.begin() as uow:
        await Bell(Waking(late)).ring(uow, due)
    (ranking,) = intake.store.state.rankings[incident.id]
    assert ranking.at == intake.incidents[0].last_alert_at + AFTER_QUIET, (
        "who is quiet later is not known yet"
    )


async def test_a_recovery_after_a_rollback_ranks_again_and_one_without_does_not(intake: Intake) -> None:
    await intake.changes.take_in([change("c1", "db", at=-120)])
    await intake.alerts.take_in([alert_event("f1", service="db")])
    (incident,) = intake.incidents
    await intake.alerts.take_in([alert_event("f1", service="db", ended=60)])
    assert len(intake.store.state.rankings[incident.id]) == 1
    await intake.alerts.take_in([alert_event("f1", service="db", at=90)])
    await intake.changes.take_in([change("back", "db", at=100, kind=ChangeKind.ROLLBACK, rolls_back="c1")])
    before = intake.store.state.rankings[incident.id][-1].suspects[0].probability
    await intake.alerts.take_in([alert_event("f1", service="db", at=90, ended=160)])
    assert intake.store.state.rankings[incident.id][-1].suspects[0].probability > before
