"""What was decided, asked of both stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.decisions import Decision, DecisionKind, Outcome
from bot.domain.incident import Reason
from tests.support.facts import alert_event, incident, later

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import Store
    from bot.domain.alert import AlertEvent
    from bot.domain.incident import Incident

Kept = tuple[str, DecisionKind, str | None]


async def keep(store: Store, *facts: tuple[AlertEvent, DecisionKind, str | None]) -> None:
    decisions = [
        Decision(kind, event.event_id, one, Reason(f"because_{kind}", "")) for event, kind, one in facts
    ]
    async with store.begin() as uow:
        await uow.events.append([event for event, _, _ in facts], decisions)


async def opened(store: Store) -> Incident:
    one = incident(last_alert_at=later(100))
    one.version = 1
    async with store.begin() as uow:
        await uow.board.save(Outcome(incidents={one.id: one}))
    return one


async def of_incident(store: Store, one: Incident, limit: int = 10) -> list[tuple[str, str]]:
    async with store.begin() as uow:
        return [(each.event.fingerprint, each.kind) for each in await uow.past.of_incident(one, limit)]


async def latest(
    store: Store, labels: Mapping[str, str], since: float = -100, limit: int = 10
) -> list[tuple[str, str]]:
    async with store.begin() as uow:
        return [
            (each.event.fingerprint, each.kind) for each in await uow.past.latest(labels, later(since), limit)
        ]


async def test_who_came_to_an_incident(store: Store) -> None:
    one = await opened(store)
    other = await opened(store)
    await keep(
        store,
        (alert_event("b", received=0), DecisionKind.ATTACH, one.id),
        (alert_event("a", received=0), DecisionKind.OPEN, one.id),
        (alert_event("c", received=9), DecisionKind.REOPEN, one.id),
        (alert_event("a", ended=20), DecisionKind.RESOLVED, one.id),
        (alert_event("a", received=30), DecisionKind.DUPLICATE, None),
        (alert_event("d", received=5), DecisionKind.OPEN, other.id),
    )
    assert await of_incident(store, one) == [("a", "open"), ("b", "attach"), ("c", "reopen")]
    assert await of_incident(store, one, limit=1) == [("a", "open")]
    assert await of_incident(store, replace(one, id="0190a7b0-0000-7000-8000-000000000000")) == []


async def test_an_event_comes_back_whole(store: Store) -> None:
    event = alert_event("a", labels={"pod": "p-1"})
    await keep(store, (event, DecisionKind.SUPPRESS, None))
    async with store.begin() as uow:
        [found] = await uow.past.latest({}, later(0), 10)
    assert found.event == event
    assert (found.kind, found.reason, found.incident_id) == (DecisionKind.SUPPRESS, "because_suppress", None)


async def test_the_newest_decision_about_each_alert(store: Store) -> None:
    await keep(
        store,
        (alert_event("a", at=0), DecisionKind.HOLD, None),
        (alert_event("a", at=10), DecisionKind.SUPPRESS, None),
        (alert_event("a", at=10, received=20), DecisionKind.DUPLICATE, None),
        (alert_event("a", at=10, ended=30), DecisionKind.RESOLVED, None),
        (alert_event("b", at=5), DecisionKind.SUPPRESS, None),
        (alert_event("c", at=-200), DecisionKind.SUPPRESS, None),
    )
    assert await latest(store, {}) == [("a", "suppress"), ("b", "suppress")]
    assert await latest(store, {}, limit=1) == [("a", "suppress")]
    assert await latest(store, {}, since=-300) == [("a", "suppress"), ("b", "suppress"), ("c", "suppress")]


async def test_alerts_are_asked_for_by_their_labels(store: Store) -> None:
    event = alert_event("a", service="checkout", labels={"pod": "it's", "alertname": "NotRead"})
    await keep(
        store, (event, DecisionKind.SUPPRESS, None), (alert_event("b", service="db"), DecisionKind.HOLD, None)
    )
    for labels in (
        {"alertname": "Alerta"},
        {"service": "checkout"},
        {"service": "checkout", "environment": "production", "pod": "it's"},
    ):
        assert await latest(store, labels) == [("a", "suppress")], labels
    for labels in (
        {"alertname": "NotRead"},
        {"pod": "its"},
        {"nothing": ""},
        {"service": "db", "pod": "it's"},
    ):
        assert await latest(store, labels) == [], labels
