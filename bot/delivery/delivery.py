"""Delivery as a whole: a relay for each pool, and the timers; it says whether it is alive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.delivery.relay import Relay
from bot.delivery.timers import TimerLoop
from bot.domain.errors import StoreUnavailableError

if TYPE_CHECKING:
    from bot.app.ports import Clock, Hand
    from bot.delivery.mirror import SilenceMirror
    from bot.delivery.work import Workbench
    from bot.domain.effects import EffectKind


class Delivery:
    """`worker` names this process; everything else comes with the workbench."""

    def __init__(self, bench: Workbench, *, worker: str, mirror: SilenceMirror | None = None) -> None:
        store, policy = bench.store, bench.policy
        self._mirror = mirror
        self._clock: Clock = bench.clock
        self._stale = policy.stale
        self._relays = [
            Relay(store, bench.clock, bench, pool, worker=worker, policy=policy) for pool in policy.pools
        ]
        self._timers = TimerLoop(store, bench.clock, bench.metrics, policy, bench.bell, tracer=bench.tracer)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set, and end within the policy's grace after that."""
        async with asyncio.TaskGroup() as group:
            for relay in self._relays:
                group.create_task(relay.run(stop))
            group.create_task(self._timers.run(stop))
            if self._mirror is not None:
                group.create_task(self._mirror.run(stop))

    def hand(self, kind: EffectKind) -> Hand | None:
        """A free hand for an effect of that kind; see `bot.app.ports.Hands`."""
        return next((hand for relay in self._relays if (hand := relay.hand(kind)) is not None), None)

    async def turn(self) -> int:
        """One pass over everything that is due, done to its end; gives how much it was."""
        rung = await self._timers.turn()
        begun = [await relay.turn() for relay in self._relays]
        for relay in self._relays:
            await relay.idle()
        return rung + sum(begun)

    async def settle(self, most: int = 1000) -> None:
        """Make passes until nothing is due any more; for tests and for scripts that wait for the end."""
        for _ in range(most):
            if not await self.turn():
                return
        raise StoreUnavailableError(f"there is still work after {most} passes")

    async def check(self) -> None:
        """Make sure that every loop has claimed lately.

        Raises:
            StoreUnavailableError: one has not.
        """
        now = self._clock()
        for claimed_at in (*(relay.claimed_at for relay in self._relays), self._timers.claimed_at):
            if claimed_at is None or now - claimed_at > self._stale:
                last = claimed_at.isoformat() if claimed_at else "never"
                raise StoreUnavailableError(f"delivery last claimed work at {last}")
