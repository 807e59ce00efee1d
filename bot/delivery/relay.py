"""One pool of hands: claims effects lane by lane, does them side by side, and stops when it is told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import RetryableError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.app.ports import ClaimedEffect, Clock, Store, Wake
    from bot.delivery.policy import DeliveryPolicy, Pool
    from bot.delivery.work import Workbench
    from bot.domain.effects import EffectKind

log = structlog.get_logger(__name__)


class Relay:
    """Claims for one pool. `worker` names this process in the outbox."""

    def __init__(
        self, store: Store, clock: Clock, bench: Workbench, pool: Pool, *, worker: str, policy: DeliveryPolicy
    ) -> None:
        self._store = store
        self._clock = clock
        self._bench = bench
        self._pool = pool
        self._worker = f"{worker}/{pool.name}"
        self._policy = policy
        self._hands: set[asyncio.Task[str]] = set()
        self._freed = asyncio.Event()
        self._at_work = False
        self.kept = 0
        self.claimed_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then end what is in hand; a store that is away is tried again."""
        try:
            while not stop.is_set():
                try:
                    async with self._store.wakes(self._pool.kinds) as wake:
                        await self._claim_until(stop, wake)
                except RetryableError as error:
                    log.warning("cannot claim effects", pool=self._pool.name, error=str(error))
                    await self._failed(stop)
                except Exception:  # nobody foresaw it, and the other pools and roles go on
                    log.exception("claiming failed unforeseen", pool=self._pool.name)
                    await self._failed(stop)
        finally:
            await self._drain()

    async def _failed(self, stop: asyncio.Event) -> None:
        self._bench.metrics.loop_errors.labels(self._pool.name).inc()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), self._policy.poll)

    async def turn(self) -> int:
        """Claim as much as there are free hands for and begin to do it; gives how many effects that are."""
        free = self._free()
        if free <= 0:
            return 0
        now = self._clock()
        async with self._store.singly() as uow:
            claimed = await uow.outbox.claim(self._worker, now, self._policy.lease, free, self._pool.kinds)
        self.claimed_at = now
        ages = [max(0.0, (now - one.created_at).total_seconds()) for one in claimed]
        self._bench.metrics.oldest.labels(self._pool.name).set(max(ages, default=0.0))
        for one in claimed:
            self.take(one)
        return len(claimed)

    async def idle(self) -> None:
        """Wait until everything in hand has ended."""
        while self._hands:
            await asyncio.wait(self._hands)

    def hand(self, kind: EffectKind) -> SpareHand | None:
        """A hand for an effect that is just being entered; None where all are busy, or about to stop."""
        if not self._at_work or kind not in self._pool.kinds or self._free() <= 0:
            return None
        return SpareHand(self, self._worker, self._clock(), self._policy.lease)

    def take(self, claimed: ClaimedEffect) -> None:
        """Do an effect whose lease is ours."""
        hand = asyncio.create_task(self._bench.do(claimed), name=f"effect {claimed.effect.key}")
        self._hands.add(hand)
        hand.add_done_callback(self._let_go)
        self._bench.metrics.busy.labels(self._pool.name).set(len(self._hands))

    def _let_go(self, hand: asyncio.Task[str]) -> None:
        self._hands.discard(hand)
        self._freed.set()
        self._bench.metrics.busy.labels(self._pool.name).set(len(self._hands))
        if not hand.cancelled() and hand.exception() is not None:
            log.error("a hand failed", exc_info=hand.exception())

    def _free(self) -> int:
        return self._pool.hands - len(self._hands) - self.kept

    async def _claim_until(self, stop: asyncio.Event, wake: Wake) -> None:
        stopping = asyncio.create_task(stop.wait())
        self._at_work = True
        try:
            while not stop.is_set():
                self._freed.clear()
                await self.turn()
                await self._news(stopping, wake)
        finally:
            self._at_work = False
            stopping.cancel()

    async def _news(self, stopping: asyncio.Task[bool], wake: Wake) -> None:
        # A hand that is free again may take the next effect of its lane, so that is news too.
        freed = asyncio.create_task(self._freed.wait())
        if len(self._hands) >= self._pool.hands:
            await _first(stopping, freed)
            freed.cancel()
            return
        waiting = asyncio.create_task(wake.wait(self._policy.poll))
        try:
            await _first(stopping, waiting, freed)
            if waiting.done():
                await waiting  # a subscription that broke is news too: it is made anew
                if self._pool.linger:
                    await asyncio.wait({stopping}, timeout=self._pool.linger)
        finally:
            freed.cancel()
            waiting.cancel()
            with suppress(asyncio.CancelledError, RetryableError):
                await waiting

    async def _drain(self) -> None:
        """Let what is in hand end; what does not within the grace is left to the end of its lease."""
        if self._hands:
            _, late = await asyncio.wait(self._hands, timeout=self._policy.grace)
            for hand in late:
                log.warning("left in hand", task=hand.get_name())
                hand.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)


class SpareHand:
    """The `Hand` port: one of a relay's hands, kept free until it is told how the entering ended."""

    def __init__(self, relay: Relay, worker: str, now: datetime, lease: timedelta) -> None:
        self.worker, self.leased_at, self.lease_until = worker, now, now + lease
        self._relay = relay
        relay.kept += 1

    def take(self, claimed: ClaimedEffect) -> None:
        """The effect has been entered: do it."""
        self._relay.kept -= 1
        self._relay.take(claimed)

    def let_go(self) -> None:
        """It has not been entered, as far as is known."""
        self._relay.kept -= 1


async def _first(*tasks: asyncio.Task[Any]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
