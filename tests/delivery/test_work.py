"""One effect under lease: what its handler raises decides what is recorded; a lost lease records nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.delivery.attempt import Attempt, Handled
from bot.delivery.policy import DeliveryPolicy
from bot.domain.effects import Effect, EffectKind, tell
from bot.domain.errors import ConflictError, RetryableError, StoreUnavailableError
from tests.delivery.stage import Stage, stage

if TYPE_CHECKING:
    from bot.app.ports import ClaimedEffect, UnitOfWork
    from bot.delivery.attempt import Handler
    from bot.delivery.work import Workbench

KIND = EffectKind.PUBLISH


async def claim(it: Stage, *, add: bool = True) -> ClaimedEffect:
    async with it.store.begin() as uow:
        if add:
            await uow.outbox.add([Effect("k", KIND, "publish:1", "incident-1")])
        (claimed,) = await uow.outbox.claim("w", it.time(), timedelta(seconds=60), 1, None)
    return claimed  # type: ignore[no-any-return] # the memory store is untyped here


def bench(it: Stage, handler: Handler, **changes: object) -> Workbench:
    return replace(it.bench, handlers={KIND: handler}, **changes)  # type: ignore[arg-type] # a test's choice


async def lose(it: Stage) -> None:
    """Another worker takes the effect after its lease has run out."""
    it.time.pass_(61)
    await claim(it, add=False)


async def test_a_lost_lease_records_nothing() -> None:
    it = stage()
    claimed = await claim(it)

    async def handler(_attempt: Attempt) -> Handled:
        await lose(it)

        async def record(uow: UnitOfWork) -> None:
            await uow.inbox.admit("test", ["written"])

        return Handled({"late": True}, record)

    assert await bench(it, handler).do(claimed) == "lease_lost"
    (row,) = it.store.rows()
    assert (row.state, row.result, row.fence) == ("leased", {}, 2)
    assert not it.store.state.inbox


@pytest.mark.parametrize("error", [RetryableError("later"), ValueError("odd")])
async def test_a_lost_lease_records_no_failure_either(error: Exception) -> None:
    it = stage()
    claimed = await claim(it)

    async def handler(_attempt: Attempt) -> Handled:
        await lose(it)
        raise error

    assert await bench(it, handler).do(claimed) == "lease_lost"
    assert it.store.rows()[0].state == "leased"


async def test_whoever_took_over_a_lost_effect_knows_since_when_to_look() -> None:
    it = stage()
    first = await claim(it)
    it.time.pass_(61)
    second = await claim(it, add=False)
    assert first.uncertain_since is None
    assert second.uncertain_since == it.time.now - timedelta(seconds=61)


async def test_a_handler_is_stopped_when_its_lease_is_lost() -> None:
    it = stage()
    claimed = await claim(it)
    stopped = asyncio.Event()

    async def handler(_attempt: Attempt) -> Handled:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return Handled()

    async def sleep(seconds: float) -> None:
        assert seconds == 20
        await lose(it)

    assert await bench(it, handler, sleep=sleep).do(claimed) == "lease_lost"
    assert stopped.is_set()


async def test_a_lease_is_renewed_while_the_handler_works() -> None:
    it = stage()
    claimed = await claim(it)
    renewals = asyncio.Semaphore(0)
    slept = 0

    async def handler(_attempt: Attempt) -> Handled:
        for _ in range(5):
            await renewals.acquire()
        return Handled()

    async def sleep(seconds: float) -> None:
        nonlocal slept
        if slept:
            renewals.release()
        slept += 1
        it.time.pass_(seconds)
        await asyncio.sleep(0)

    assert await bench(it, handler, sleep=sleep).do(claimed) == "done"
    assert slept >= 5


async def test_without_a_store_the_lease_is_given_up_when_it_must_have_run_out() -> None:
    it = stage()
    claimed = await claim(it)
    it.store.down = True

    async def handler(_attempt: Attempt) -> Handled:
        await asyncio.Event().wait()
        return Handled()

    async def sleep(seconds: float) -> None:
        it.time.pass_(seconds)

    assert await bench(it, handler, sleep=sleep).do(claimed) == "lease_lost"
    assert it.time.now >= claimed.created_at + timedelta(seconds=60)


async def test_a_handler_that_takes_too_long_is_stopped_and_uncertain() -> None:
    it = stage()
    claimed = await claim(it)

    async def handler(_attempt: Attempt) -> Handled:
        await asyncio.Event().wait()
        return Handled()

    policy = DeliveryPolicy(attempt=timedelta(milliseconds=20))
    assert await bench(it, handler, policy=policy).do(claimed) == "again"
    (row,) = it.store.rows()
    assert (row.error, row.uncertain_since) == ("no answer in time", row.leased_at)


async def test_what_nobody_foresaw_is_tried_some_times_and_then_given_up() -> None:
    it = stage()
    incident = await it.declare()
    it.store.state.outbox.clear()

    async def handler(_attempt: Attempt) -> Handled:
        raise ValueError("token=s3cret")

    effect = Effect("odd", KIND, "publish:1", incident)
    async with it.store.begin() as uow:
        await uow.outbox.add([effect])
    outcomes: list[str] = []
    while not outcomes or outcomes[-1] == "again":
        outcomes.append(await bench(it, handler).do(await claim(it, add=False)))
        it.time.pass_(30)
    assert outcomes == ["again"] * 9 + ["dead"]
    assert it.store.rows()[0].error == "unexpected ValueError"
    assert it.store.told(incident)[-1] == "Could not publish what happened: unexpected ValueError"


async def test_a_kind_without_a_handler_is_given_up() -> None:
    it = stage()
    claimed = await claim(it)
    assert await replace(it.bench, handlers={}).do(claimed) == "dead"


async def test_an_outcome_outlives_a_short_absence_of_the_store() -> None:
    it = stage()
    claimed = await claim(it)

    async def handler(_attempt: Attempt) -> Handled:
        it.store.failures += [StoreUnavailableError("gone"), ConflictError("raced")]
        return Handled({"ok": True})

    assert await bench(it, handler).do(claimed) == "done"
    assert it.store.rows()[0].result == {"ok": True}


async def test_a_handler_that_is_cancelled_from_outside_records_nothing() -> None:
    it = stage()
    claimed = await claim(it)
    begun = asyncio.Event()

    async def handler(_attempt: Attempt) -> Handled:
        begun.set()
        await asyncio.Event().wait()
        return Handled()

    task = asyncio.create_task(bench(it, handler).do(claimed))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert it.store.rows()[0].state == "leased"


async def test_owners_are_told_where_they_are_named_once_each() -> None:
    it = stage()
    channel = it.chat.add_foreign("ops")
    (channel_id,) = it.chat.channels
    async with it.store.begin() as uow:
        await uow.outbox.add([tell(channel_id, "It is not well.", "config:1")] * 2)
    await it.settle()
    assert [one.message.text for one in channel.messages] == ["It is not well."]
    assert it.states(EffectKind.TELL) == ["done"]
