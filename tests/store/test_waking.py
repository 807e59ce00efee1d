"""Timers about many alerts: all are looked at, and what is as it was is not written again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.app import waking
from bot.app.ports import IncidentFilter
from bot.app.timers import Bell
from bot.app.waking import Waking
from bot.domain.rules import Action, RuleSet
from bot.domain.timer import Timer, TimerKind
from tests.app.conftest import alert_intake
from tests.domain.world import rule
from tests.support.facts import NOW, alert_event, later
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.app.ports import ClaimedTimer, Store
    from bot.store.unit_of_work import PostgresStore

JOINS = rule("kind=deadlock", name="joins", action=Action.ATTACH)
LABELS = {"kind": "deadlock"}
LEASE = timedelta(seconds=30)
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def ring_what_is_due(store: Store, waker: Waking) -> int:
    rung = 0
    async with store.begin() as uow:
        for claimed in await uow.timers.claim(later(30), LEASE, 10):
            assert await uow.timers.done(claimed)
            await waker.ring(uow, claimed.timer)
            rung += 1
    return rung


@pytest.mark.parametrize("at_once", [1, 2, 250])
async def test_of_many_that_wait_for_an_incident_those_join_that_can(
    store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(waking, "AT_ONCE", at_once)
    intake = alert_intake(store, RuleSet([JOINS, rule(name="opens")]))
    far = [alert_event(f"f{number}", service=f"far-{number}", labels=LABELS) for number in range(4)]
    await intake.take_in([*far, alert_event("near", service="db", labels=LABELS)])
    await intake.take_in([alert_event("opens", service="checkout")])
    rings = 0
    while await ring_what_is_due(store, Waking(intake)):
        rings += 1
        assert rings < 10, "it rings for ever"
    async with store.begin() as uow:
        about = Timer(TimerKind.RECONSIDER, "nothing to join:production", NOW)
        assert await uow.board.environments(about) == {"production"}
        assert await uow.board.environments(Timer(TimerKind.CALM, "i1", NOW)) == set()
        left = await uow.board.concerned(about, 10)
        [view], _ = await uow.incidents.list(IncidentFilter())
        told = await uow.past.latest({"service": "far-0"}, NOW - LEASE, 10)
    assert [one.service for one in left] == [f"far-{number}" for number in range(4)]
    assert view.incident.firing == 2
    assert [one.reason for one in told] == ["nothing_to_join"]  # said once
    assert intake.rules.watch["joins"].matches == len(far) + 2  # once more where it made a difference


async def test_alerts_that_join_while_what_joined_is_weighed_do_not_deadlock_with_it(
    postgres: PostgresStore, migrated_url: str
) -> None:
    async def ring(claimed: ClaimedTimer) -> bool:
        async with postgres.begin() as uow:
            bell = Bell(Waking(intake))
            await bell.prepare(uow, claimed.timer)
            stands = await uow.timers.done(claimed)
            await bell.ring(uow, claimed.timer)
            return stands

    async def waits() -> bool:
        return bool(await connection.fetchval(WAITING))

    connection = await asyncpg.connect(migrated_url)
    intake = alert_intake(postgres, RuleSet([rule(name="opens")]))
    await intake.take_in([alert_event("f1", service="db")])
    await intake.take_in([alert_event("f2", service="db")])
    async with postgres.begin() as uow:
        due = await uow.timers.claim(later(60), LEASE, 10)
    (joined,) = [one for one in due if one.timer.kind is TimerKind.JOINED]
    async with postgres.begin() as uow:  # as alerts are written: the incident first, its timer afterwards
        await uow.incidents.get(joined.timer.subject, lock=True)
        ringing = asyncio.create_task(ring(joined))
        await eventually(waits)
        await uow.timers.set([Timer(TimerKind.JOINED, joined.timer.subject, later(90))])
    assert not await ringing, "it has been set anew"
    await connection.close()


async def test_a_look_at_an_incident_that_is_not_there_takes_no_lock(store: Store) -> None:
    async with store.begin() as uow:
        gone = Timer(TimerKind.JOINED, "00000000-0000-0000-0000-000000000000", NOW)
        bell = Bell(Waking(alert_intake(store, RuleSet([]))))
        await bell.prepare(uow, gone)
        await bell.ring(uow, gone)
