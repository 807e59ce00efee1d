from __future__ import annotations

from bot.app.timers import Bell, slack_is_silent
from bot.domain.effects import EffectKind
from bot.domain.timer import Timer, TimerKind
from tests.delivery.stage import ANNA, NOW, stage


async def test_a_timer_about_what_is_gone_does_nothing() -> None:
    it = stage()
    async with it.store.begin() as uow:
        for kind in TimerKind:
            await Bell().ring(uow, Timer(kind, "nowhere", NOW))
    assert not it.store.rows()


async def test_a_resolved_incident_pages_nobody() -> None:
    it = stage()
    incident = await it.declare()
    await it.desk.resolve(incident, ANNA)
    async with it.store.begin() as uow:
        await Bell().ring(uow, Timer(TimerKind.CHANNEL_OVERDUE, incident, NOW))
        await slack_is_silent(uow, incident, "503", "cause")
    assert not it.store.rows(EffectKind.PAGE)
