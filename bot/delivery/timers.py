"""Timers that are due: each is claimed, and rings in the transaction that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.app.transactions import transact
from bot.app.turns import in_turns
from bot.delivery.backoff import Backoff
from bot.domain.errors import RetryableError, StoreUnavailableError

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from bot.app.ports import ClaimedTimer, Clock, Store, Tracer, UnitOfWork
    from bot.app.timers import Bell
    from bot.delivery.metrics import DeliveryMetrics
    from bot.delivery.policy import DeliveryPolicy
    from bot.domain.timer import TimerKind

log = structlog.get_logger(__name__)
A_TURN: Final = 100
_RESTS: Final = Backoff(first=1.0, longest=300.0)


class TimerLoop:
    """Rings timers, and looks at the length of the outbox in passing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: DeliveryMetrics,
        policy: DeliveryPolicy,
        bell: Bell,
        *,
        tracer: Tracer,
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._policy = policy
        self._bell = bell
        self._tracer = tracer
        self._failures: dict[tuple[TimerKind, str], int] = {}
        self.claimed_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Ring until `stop` is set; a store that is away is tried again."""
        await in_turns(self._turn, stop)

    async def _turn(self) -> float:
        """One turn; where some rang, which may have set others for now, the next one follows at once."""
        try:
            rung = await self.turn()
        except RetryableError as error:
            self._metrics.loop_errors.labels("timers").inc()
            log.warning("cannot ring timers", error=str(error))
            rung = 0
        return 0.0 if rung else self._policy.poll

    async def turn(self) -> int:
        """Ring what is due now; gives how many timers that were."""
        now = self._clock()
        async with self._store.singly() as uow:
            due = await uow.timers.claim(now, self._policy.lease, A_TURN)
            self._metrics.waiting.set(await uow.outbox.waiting())
        self.claimed_at = now
        for claimed in due:
            await self._try(claimed)
        return len(due)

    async def _try(self, claimed: ClaimedTimer) -> None:
        """Ring one; one that cannot be rung rests for longer each time, and keeps no other waiting.

        Raises:
            StoreUnavailableError: the store is away, for all of them.
        """
        place = (claimed.timer.kind, claimed.timer.subject)
        try:
            await self._ring(claimed)
        except StoreUnavailableError:
            raise
        except Exception as error:
            failures = self._failures[place] = self._failures.get(place, 0) + 1
            self._metrics.loop_errors.labels("timers").inc()
            about = {"kind": place[0].value, "subject": place[1], "failures": failures}
            if isinstance(error, RetryableError):
                log.warning("timer will ring again", **about, error=str(error))
            else:
                log.exception("timer failed unforeseen", **about)
            async with self._store.singly() as uow:
                await uow.timers.rest(claimed, self._clock() + _RESTS.pause(failures, 1.0))
        else:
            self._failures.pop(place, None)

    async def _ring(self, claimed: ClaimedTimer) -> None:
        async def record(uow: UnitOfWork) -> bool:
            await self._bell.prepare(uow, claimed.timer)
            if not await uow.timers.done(claimed):
                return False
            await self._bell.ring(uow, claimed.timer)
            return True

        kind = claimed.timer.kind.value
        with self._tracer.work(f"timer {kind}", {"tocsin.timer.kind": kind}):
            if await transact(self._store, record):
                self._metrics.timers.labels(kind).inc()
                log.info("timer rang", kind=kind, subject=claimed.timer.subject)
