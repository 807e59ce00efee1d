"""The whole of delivery on real PostgreSQL: the outbox, its fences and its locks are the real ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest

from bot.app.ports import IncidentFilter
from bot.delivery.delivery import Delivery
from bot.delivery.policy import DeliveryPolicy
from bot.domain.effects import EffectKind
from bot.domain.errors import RemoteUnavailableError
from bot.domain.incident import Severity
from bot.store.migrate import migrate
from bot.store.outbox import OutboxTable
from bot.store.unit_of_work import PostgresStore
from bot.wiring.lending import LentHands
from tests.delivery.stage import ANNA, playbook, stage
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app.ports import ClaimedEffect, Store
    from tests.support.postgres import PostgresServer


@pytest.fixture
async def store(postgres_server: PostgresServer) -> AsyncIterator[Store]:
    url = postgres_server.create_database()
    await migrate(url)
    real = PostgresStore(url)
    yield cast("Store", real)
    await real.close()
    postgres_server.drop_database(url)


async def test_an_incident_with_its_run_to_the_postmortem(store: Store) -> None:
    it = stage(playbooks=[playbook()], real=store, ids=lambda: str(uuid4()))
    await it.declare(Severity.CRITICAL)
    await it.settle()
    view = await it.desk.view_incident("INC-1")
    (run,) = view.runs
    assert [step.asks for step in run.steps] == ["", "approve", ""]
    await it.runs.answer_step(run.id, "restart", "approve", ANNA)
    await it.settle()
    await it.desk.acknowledge("INC-1", ANNA)
    await it.desk.resolve("INC-1", ANNA)
    await it.settle()
    view = await it.desk.view_incident("INC-1")
    assert view.channel is not None
    assert view.runs[0].state == "succeeded"
    texts = [one.message.text for one in it.chat.channels[view.channel.id].messages]
    assert texts[0] == "INC-1 resolved"
    assert texts[-1].startswith("postmortem http://tocsin.test/incidents/INC-1/postmortem")
    assert [body["incident"] for body, _ in it.pager.pages] == ["INC-1"]
    kinds = [line.kind for line in view.timeline]
    assert {"declared", "channel", "paged", "run_started", "step_approve", "run_succeeded"} <= set(kinds)
    assert len(view.pages) == 1


async def test_two_workers_and_lost_replies_make_each_channel_and_message_once(store: Store) -> None:
    it = stage(real=store, ids=lambda: str(uuid4()))
    stop = asyncio.Event()
    bench = replace(it.bench, policy=DeliveryPolicy(poll=0.02))
    workers = [asyncio.create_task(Delivery(bench, worker=name).run(stop)) for name in ("one", "two")]
    for method in ("create_channel", "post", "set_topic", "invite") * 3:
        it.chat.fail(method, RemoteUnavailableError("lost"), executed=True)
    await asyncio.gather(*(it.declare(title=f"Fault {number}") for number in range(12)))

    async def over() -> bool:
        it.time.pass_(0.2)  # what was put off becomes due
        async with store.begin() as uow:
            return not await uow.outbox.waiting()

    await eventually(over, within=30, what="all effects are done")
    stop.set()
    await asyncio.gather(*workers)
    views, _ = await it.desk.list_incidents(IncidentFilter())
    assert len(it.chat.channels) == len(views) == 12
    assert {view.channel.id for view in views if view.channel} == set(it.chat.channels)
    for channel in it.chat.channels.values():
        assert [one.message.text.split()[1] for one in channel.messages] == ["triggered", "suspects"]


async def test_people_and_workers_at_the_same_run_do_not_deadlock(store: Store) -> None:
    it = stage(playbooks=[playbook()], real=store, ids=lambda: str(uuid4()))
    for _ in range(5):
        await it.declare()
    await it.settle()
    views, _ = await it.desk.list_incidents(IncidentFilter())
    acts = [it.runs.answer_step(view.runs[0].id, "restart", "approve", ANNA) for view in views]
    ends = [it.desk.resolve(view.incident.id, ANNA) for view in views]
    results = await asyncio.gather(it.delivery.turn(), *acts, *ends, return_exceptions=True)
    assert not [one for one in results[6:] if isinstance(one, BaseException)]
    await it.settle()
    views, _ = await it.desk.list_incidents(IncidentFilter())
    assert {view.runs[0].state for view in views} <= {"succeeded", "cancelled"}


async def test_the_process_that_decides_and_delivers_opens_a_channel_without_a_claim(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[EffectKind] = []
    really = OutboxTable.claim

    async def claim(self: OutboxTable, *given: Any) -> list[ClaimedEffect]:
        found = await really(self, *given)
        claimed.extend(one.effect.kind for one in found)
        return found

    monkeypatch.setattr(OutboxTable, "claim", claim)
    url, lent, stop = postgres_server.create_database(), LentHands(), asyncio.Event()
    await migrate(url)
    real = PostgresStore(url, hands=lent)
    it = stage(real=cast("Store", real), ids=lambda: str(uuid4()))
    delivery = Delivery(it.bench, worker="here")
    with lent.lent(delivery.hand):
        running = asyncio.create_task(delivery.run(stop))
        await eventually(lambda: delivery.hand(EffectKind.PAGE))  # it lends hands by now
        await it.declare()
        await eventually(lambda: EffectKind.STATUS_CARD in claimed)
        stop.set()
        await running
    assert lent(EffectKind.OPEN_CHANNEL) is None
    assert EffectKind.OPEN_CHANNEL not in claimed
    (channel,) = it.chat.channels.values()
    assert channel.messages[0].message.text == "INC-1 triggered"
    await real.close()
    postgres_server.drop_database(url)
