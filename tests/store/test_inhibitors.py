"""Inhibition with several consumers: a source that ends beside a target that is being kept quiet."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.timers import Bell
from bot.app.waking import Waking
from bot.domain.decide import decide
from bot.domain.decisions import DecisionKind
from bot.domain.inhibition import Inhibition
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.domain.suppression import inhibition_keys
from bot.ingest.patterns import parse_matcher
from tests.app.conftest import alert_intake
from tests.support.facts import alert_event, later

if TYPE_CHECKING:
    from bot.app.ingest_alerts import AlertIntake
    from bot.app.ports import Store

DOWN = Inhibition("down", (parse_matcher("service=db"),), (parse_matcher("service=web"),), ("environment",))
RULES = RuleSet([DEFAULT_RULE], inhibitions=[DOWN])


@pytest.fixture
def alerts(store: Store) -> AlertIntake:
    return alert_intake(store, RULES)


async def ring_all(store: Store, alerts: AlertIntake) -> None:
    """Ring what is due in ten minutes, as delivery does."""
    alerts.clock = lambda: later(600)
    bell = Bell(Waking(alerts))
    async with store.begin() as uow:
        due = await uow.timers.claim(later(600), timedelta(seconds=60), 10)
    for claimed in due:
        async with store.begin() as uow:
            await bell.prepare(uow, claimed.timer)
            assert await uow.timers.done(claimed)
            await bell.ring(uow, claimed.timer)


async def decisions_of(alerts: AlertIntake, *events: Any) -> dict[DecisionKind, int]:
    taken = await alerts.take_in(list(events))
    return {kind: count for kind, count in taken.decisions.items() if count}


async def test_a_target_is_quiet_in_every_process_until_its_source_ends(
    store: Store, alerts: AlertIntake
) -> None:
    source, target = alert_event("s", service="db"), alert_event("t", service="web")
    assert await decisions_of(alerts, source) == {DecisionKind.OPEN: 1}
    other = alert_intake(store, RULES)
    assert await decisions_of(other, target) == {DecisionKind.SUPPRESS: 1}
    assert await decisions_of(alerts, alert_event("s", service="db", ended=60)) == {DecisionKind.RESOLVED: 1}
    await ring_all(store, alerts)
    async with store.begin() as uow:
        (kept,) = (await uow.board.load([RULES.route(target)], None)).occurrences.values()
    assert (kept.quiet, kept.incident_id is not None) == ("", True)


async def test_a_source_that_ends_while_its_target_is_being_written_waits_and_wakes_it(
    postgres: Any,
) -> None:
    alerts = alert_intake(postgres, RULES)
    await alerts.take_in([alert_event("s", service="db")])
    target = RULES.route(alert_event("t", service="web"))
    async with postgres.begin() as uow:
        await uow.inbox.admit("alerts", [target.event.event_id])
        snapshot = await uow.board.load([target], None, inhibition_keys([target], RULES))
        ending = asyncio.create_task(alerts.take_in([alert_event("s", service="db", ended=60)]))
        outcome = decide(
            [target],
            snapshot,
            rules=RULES,
            catalog=alerts.ranker.catalog,
            locked=frozenset(),
            new_id=alerts.ids,
        )
        assert [one.reason.name for one in outcome.decisions] == ["inhibited"]
        await asyncio.wait({ending}, timeout=0.3)
        assert not ending.done(), "the end waits for who relies on the source"
        await uow.board.save(outcome)
        await uow.timers.set(outcome.timers.values())
    await ending
    await ring_all(postgres, alerts)
    async with postgres.begin() as uow:
        (kept,) = (await uow.board.load([target], None)).occurrences.values()
    assert kept.incident_id is not None


async def test_a_target_that_comes_after_the_end_is_not_inhibited(store: Store, alerts: AlertIntake) -> None:
    await alerts.take_in([alert_event("s", service="db")])
    await alerts.take_in([alert_event("s", service="db", ended=60)])
    made = await decisions_of(alerts, alert_event("t", service="web"))
    assert DecisionKind.SUPPRESS not in made
