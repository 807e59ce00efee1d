"""The loops: they work until they are told to stop, end what is in hand, and say whether they are alive."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app.timers import Bell
from bot.delivery.attempt import Attempt, Handled
from bot.delivery.delivery import Delivery
from bot.delivery.policy import DeliveryPolicy, Pool
from bot.delivery.relay import Relay
from bot.domain.effects import Effect, EffectKind
from bot.domain.errors import ConflictError, StoreUnavailableError
from bot.domain.timer import Timer, TimerKind
from tests.delivery.stage import Stage, stage
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.app.ports import Hand, UnitOfWork

KIND = EffectKind.PUBLISH
FAST = DeliveryPolicy(poll=0.01, grace=0.05)
LEASE = FAST.lease


class Hands:
    """A handler that holds what it is given until it is let go."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.most = 0
        self.now = 0
        self.gate = asyncio.Event()

    async def __call__(self, attempt: Attempt) -> Handled:
        self.held.append(attempt.key)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.gate.wait()
        finally:
            self.now -= 1
        return Handled()


async def fill(it: Stage, *lanes: str) -> None:
    async with it.store.begin() as uow:
        await uow.outbox.add(
            Effect(f"{lane}-{number}", KIND, lane, None) for number, lane in enumerate(lanes)
        )


def relay(it: Stage, hands: Hands, *, size: int = 8, policy: DeliveryPolicy = FAST) -> Relay:
    bench = replace(it.bench, handlers={KIND: hands}, policy=policy)
    pool = Pool("publish", frozenset({KIND}), size)
    return Relay(bench.store, bench.clock, bench, pool, worker="w", policy=policy)


async def test_lanes_run_side_by_side_and_each_in_its_order() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    await fill(it, "a", "a", "b")
    running = asyncio.create_task(relay(it, hands).run(stop))
    await eventually(lambda: len(hands.held) == 2)
    assert sorted(hands.held) == ["a-0", "b-2"]
    hands.gate.set()
    await eventually(lambda: len(hands.held) == 3)
    stop.set()
    await running
    assert [row.state for row in it.store.rows()] == ["done"] * 3


async def test_no_more_is_claimed_than_there_are_hands() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    await fill(it, *"abcdef")
    running = asyncio.create_task(relay(it, hands, size=2).run(stop))
    await eventually(lambda: len(hands.held) == 2)
    assert sum(row.state == "leased" for row in it.store.rows()) == 2
    hands.gate.set()
    await eventually(lambda: len(hands.held) == 6)
    stop.set()
    await running
    assert hands.most == 2


async def test_a_stop_lets_what_is_in_hand_end_and_claims_no_more() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    await fill(it, "a", "a")
    running = asyncio.create_task(relay(it, hands, policy=DeliveryPolicy(poll=0.01)).run(stop))
    await eventually(lambda: hands.held)
    stop.set()
    await asyncio.sleep(0)
    hands.gate.set()
    await running
    assert [row.state for row in it.store.rows()] == ["done", "waiting"]


async def test_what_does_not_end_in_time_is_left_to_its_lease() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    await fill(it, "a")
    running = asyncio.create_task(relay(it, hands).run(stop))
    await eventually(lambda: hands.held)
    stop.set()
    await running
    assert it.store.rows()[0].state == "leased"


async def test_a_store_that_comes_back_is_worked_on_again() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    hands.gate.set()
    it.store.down = True
    working = relay(it, hands)
    running = asyncio.create_task(working.run(stop))
    errors = it.bench.metrics.loop_errors.labels("publish")
    await eventually(lambda: errors._value.get() >= 2)
    it.store.down = False
    await fill(it, "a")
    await eventually(lambda: it.store.rows()[0].state == "done")
    stop.set()
    await running


async def entered(it: Stage, spare: Hand, lane: str) -> None:
    """Enter an effect as an outbox does that hands it over."""
    async with it.store.begin() as uow:
        await uow.outbox.add([Effect(f"{lane}-0", KIND, lane, None)])
        (claimed,) = await uow.outbox.claim(spare.worker, spare.leased_at, LEASE, 1, None)
    assert spare.lease_until == claimed.lease_until
    spare.take(claimed)


async def test_a_hand_is_lent_while_the_loop_runs_and_one_is_free() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    working = relay(it, hands, size=1)
    assert working.hand(KIND) is None
    running = asyncio.create_task(working.run(stop))
    await eventually(lambda: working.claimed_at)
    assert working.hand(EffectKind.PAGE) is None
    spare = working.hand(KIND)
    assert spare is not None
    assert working.hand(KIND) is None
    assert await working.turn() == 0  # it is kept free, so nothing is claimed for it
    spare.let_go()
    another = working.hand(KIND)
    assert another is not None
    await entered(it, another, "a")
    await eventually(lambda: hands.held == ["a-0"])
    assert working.hand(KIND) is None
    hands.gate.set()
    await eventually(lambda: it.store.rows()[0].state == "done")
    stop.set()
    await running
    assert working.hand(KIND) is None


async def test_what_was_handed_over_leads_on_to_the_next_of_its_lane() -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    hands.gate.set()
    working = relay(it, hands, policy=DeliveryPolicy(poll=600))
    running = asyncio.create_task(working.run(stop))
    await eventually(lambda: working.claimed_at)
    spare = working.hand(KIND)
    assert spare is not None
    async with it.store.begin() as uow:
        await uow.outbox.add([Effect("a-0", KIND, "a", None), Effect("a-1", KIND, "a", None)])
        (claimed,) = await uow.outbox.claim(spare.worker, spare.leased_at, LEASE, 1, None)
    spare.take(claimed)
    await eventually(lambda: hands.held == ["a-0", "a-1"])
    stop.set()
    await running


async def test_delivery_lends_the_hand_of_the_pool_that_does_the_kind() -> None:
    it, stop = stage(), asyncio.Event()
    delivery = Delivery(replace(it.bench, policy=FAST), worker="w")
    assert delivery.hand(EffectKind.OPEN_CHANNEL) is None
    running = asyncio.create_task(delivery.run(stop))
    await eventually(lambda: delivery.hand(EffectKind.OPEN_CHANNEL))
    spare = delivery.hand(EffectKind.PAGE)
    assert spare is not None
    assert spare.worker == "w/page"
    stop.set()
    await running


async def test_delivery_runs_everything_and_says_that_it_lives() -> None:
    it, stop = stage(), asyncio.Event()
    delivery = Delivery(replace(it.bench, policy=FAST), worker="w")
    with pytest.raises(StoreUnavailableError, match="never"):
        await delivery.check()
    running = asyncio.create_task(delivery.run(stop))
    incident = await it.declare()
    await eventually(lambda: it.store.rows() and all(r.state == "done" for r in it.store.rows()))
    assert it.texts(incident) == ["INC-1 triggered", "INC-1 suspects"]
    await delivery.check()
    stop.set()
    await running
    it.time.pass_(31)
    with pytest.raises(StoreUnavailableError, match="last claimed work at"):
        await delivery.check()


async def test_timers_outlive_an_absence_of_the_store() -> None:
    it, stop = stage(), asyncio.Event()
    incident = await it.declare()
    for row in it.store.rows():
        row.state = "dead"
    it.store.down = True
    delivery = Delivery(replace(it.bench, policy=FAST), worker="w")
    running = asyncio.create_task(delivery.run(stop))
    errors = it.bench.metrics.loop_errors.labels("timers")
    await eventually(lambda: errors._value.get() >= 1)
    it.time.pass_(61)
    it.store.down = False
    await eventually(lambda: it.pager.pages)
    stop.set()
    await running
    assert it.pager.pages[0][1] == f"page:{incident}:channel-overdue"


async def test_work_without_end_is_not_waited_for() -> None:
    it = stage()
    await it.declare()
    with pytest.raises(StoreUnavailableError, match="still work"):
        await it.delivery.settle(most=1)


def test_a_step_may_take_longer_than_other_effects() -> None:
    policy = DeliveryPolicy()
    assert policy.limit(EffectKind.ADVANCE_RUN) > timedelta(minutes=20) > policy.limit(KIND)
    assert frozenset(EffectKind) == frozenset().union(*(pool.kinds for pool in policy.pools))


async def test_a_claim_that_fails_unforeseen_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    it, hands, stop = stage(), Hands(), asyncio.Event()
    hands.gate.set()
    working = relay(it, hands)
    really, failures = working.turn, [ValueError("a bug")]

    async def turn() -> int:
        if failures:
            raise failures.pop()
        return await really()

    monkeypatch.setattr(working, "turn", turn)
    await fill(it, "a")
    running = asyncio.create_task(working.run(stop))
    await eventually(lambda: it.store.rows()[0].state == "done")
    stop.set()
    await running
    assert it.bench.metrics.loop_errors.labels("publish")._value.get() == 1


async def test_a_timer_that_is_set_for_now_while_it_rings_rings_again_at_once() -> None:
    it, stop = stage(), asyncio.Event()
    rung: list[str] = []

    class InPages(Bell):
        async def ring(self, uow: UnitOfWork, timer: Timer) -> None:
            rung.append(timer.subject)
            if len(rung) < 3:
                await uow.timers.set([timer])

    policy = DeliveryPolicy(poll=3_600)
    delivery = Delivery(replace(it.bench, policy=policy, bell=InPages()), worker="w")
    async with it.store.begin() as uow:
        await uow.timers.set([Timer(TimerKind.RUN_WAKE, "many", it.time.now)])
    running = asyncio.create_task(delivery.run(stop))
    await eventually(lambda: len(rung) == 3)
    stop.set()
    await running


async def test_a_timer_that_cannot_be_rung_rests_and_keeps_no_other_waiting() -> None:
    it = stage()
    rung: list[str] = []

    class Broken(Bell):
        async def ring(self, uow: UnitOfWork, timer: Timer) -> None:
            if timer.subject == "poison":
                raise ValueError("a bug")
            if timer.subject == "busy" and "busy" not in rung:
                rung.append("busy")
                raise ConflictError("somebody was faster")
            rung.append(timer.subject)

    delivery = Delivery(replace(it.bench, bell=Broken()), worker="w")
    async with it.store.begin() as uow:
        await uow.timers.set(
            Timer(TimerKind.RUN_WAKE, subject, it.time.now) for subject in ("poison", "busy", "sound")
        )
    await delivery.turn()
    assert rung == ["busy", "busy", "sound"]  # what loses a race begins again at once
    poison = (TimerKind.RUN_WAKE, "poison")
    pauses = []
    for _ in range(12):
        until = it.store.state.timers[poison].lease_until
        assert until is not None
        pauses.append((until - it.time.now).total_seconds())
        it.time.pass_(pauses[-1])
        await delivery.turn()
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert list(it.store.state.timers) == [poison]
