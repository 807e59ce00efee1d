"""Timers about many alerts: all are looked at, and what is as it was is not written again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app import waking
from bot.app.ports import IncidentFilter
from bot.app.waking import Waking
from bot.domain.rules import Action, RuleSet
from bot.domain.timer import Timer, TimerKind
from tests.app.conftest import alert_intake
from tests.domain.world import rule
from tests.support.facts import NOW, alert_event, later

if TYPE_CHECKING:
    from bot.app.ports import Store

JOINS = rule("kind=deadlock", name="joins", action=Action.ATTACH)
LABELS = {"kind": "deadlock"}
LEASE = timedelta(seconds=30)


async def ring_what_is_due(store: Store, waker: Waking) -> int:
    rung = 0
    async with store.begin() as uow:
        for claimed in await uow.timers.claim(later(30), LEASE, 10):
            assert await uow.timers.done(claimed)
            await waker.ring(uow, claimed.timer)
            rung += 1
    return rung


@pytest.mark.parametrize("at_once", [1, 2, 1000])
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
