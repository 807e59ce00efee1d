"""One effect under lease: its handler is run, and what came of it is recorded under the fence.

A failure is put off, given up as `giving_up` says, or, where the lease was lost, left to whoever has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from bot.app.ports import NO_TRACES, IncidentPolicy
from bot.app.timers import NO_CHANNEL, Bell, slack_is_silent
from bot.app.transactions import transact
from bot.delivery import giving_up
from bot.delivery.attempt import Attempt, Handled, LeaseLostError
from bot.delivery.leasing import under_lease
from bot.delivery.policy import SHOWING
from bot.domain.effects import DECORATIONS, EffectKind
from bot.domain.errors import (
    PermanentError,
    RateLimitedError,
    RemoteMisconfiguredError,
    RetryableError,
    StoreUnavailableError,
    TocsinError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.app.ports import ClaimedEffect, Clock, Store, Tracer, UnitOfWork
    from bot.app.ports.tracing import Value
    from bot.delivery.attempt import Handler
    from bot.delivery.metrics import DeliveryMetrics
    from bot.delivery.policy import DeliveryPolicy

T = TypeVar("T")
log = structlog.get_logger(__name__)

# These errors are promises that nothing was done, so the next attempt need not look for it.
_DID_NOTHING: Final = (RateLimitedError, RemoteMisconfiguredError)
_OWED_TO_NOBODY: Final = DECORATIONS | {EffectKind.TELL}
_LONGEST_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Workbench:
    """What it takes to do one effect; `chance` gives uniform random numbers between 0 and 1.

    `incidents` says after how long a failure of Slack somebody is paged.
    """

    store: Store
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    chance: Callable[[], float]
    handlers: Mapping[EffectKind, Handler]
    metrics: DeliveryMetrics
    policy: DeliveryPolicy
    bell: Bell = field(default_factory=Bell)
    tracer: Tracer = NO_TRACES
    incidents: IncidentPolicy = field(default_factory=IncidentPolicy)

    async def do(self, claimed: ClaimedEffect) -> str:
        """Do it and record the outcome; gives its name, as in the metric."""
        effect, began = claimed.effect, self.clock()
        with (
            structlog.contextvars.bound_contextvars(effect=effect.key, incident_id=effect.incident_id),
            self.tracer.work(f"effect {effect.kind.value}", _about(claimed), claimed.traceparent) as span,
        ):
            outcome = await self._outcome(claimed, began)
            span.tell({"tocsin.outcome": outcome})
            if outcome != "done":
                span.fail(outcome)
        self.metrics.effects.labels(effect.kind.value, outcome).inc()
        seconds = (self.clock() - began).total_seconds()
        self.metrics.seconds.labels(effect.kind.value).observe(max(0.0, seconds))
        return outcome

    async def _outcome(self, claimed: ClaimedEffect, began: datetime) -> str:
        try:
            return await self._attempt(claimed, began)
        except LeaseLostError:
            log.warning("lease lost", attempt=claimed.attempt)
            return "lease_lost"
        except RetryableError as error:
            # The store could not keep the outcome: the lease runs out, and the next worker looks first.
            log.warning("outcome not recorded", error=str(error))
            return "unrecorded"

    async def _attempt(self, claimed: ClaimedEffect, began: datetime) -> str:
        try:
            handled = await self._handle(claimed, began)
            await self._recorded(lambda uow: self._done(uow, claimed, handled))
        except LeaseLostError:
            raise
        except PermanentError as error:
            return await self._dead(claimed, error)
        except (RetryableError, TimeoutError) as error:
            # What we are not allowed is owed to nobody where it only decorates; a line says it was wanted.
            owed = claimed.effect.kind not in _OWED_TO_NOBODY
            end = isinstance(error, RemoteMisconfiguredError) and not owed
            return await (self._dead if end else self._again)(claimed, error)
        except Exception as error:
            # Nobody foresaw it: it is recorded as a retry, and in the end as a dead letter.
            log.exception("handler failed unexpectedly")
            if claimed.attempt >= self.policy.unexpected:
                return await self._dead(claimed, error)
            return await self._again(claimed, error)
        lag = (self.clock() - claimed.created_at).total_seconds()
        self.metrics.lag.labels(claimed.effect.kind.value).observe(max(0.0, lag))
        return "done"

    async def _handle(self, claimed: ClaimedEffect, began: datetime) -> Handled:
        handler = self.handlers.get(claimed.effect.kind)
        if handler is None:
            raise PermanentError(f"nothing handles {claimed.effect.kind}")

        async def renew(uow: UnitOfWork) -> bool:
            return await uow.outbox.renew(claimed, self.clock(), self.policy.lease)

        async def work() -> Handled:
            return await handler(Attempt(claimed, began, renew))

        return await under_lease(
            work(),
            claimed,
            store=self.store,
            clock=self.clock,
            sleep=self.sleep,
            lease=self.policy.lease,
            limit=self.policy.limit(claimed.effect.kind),
        )

    # -- what came of it

    async def _done(self, uow: UnitOfWork, claimed: ClaimedEffect, handled: Handled) -> None:
        # The fence comes first: whoever lost the lease writes none of the rows below.
        if not await uow.outbox.done(claimed, self.clock(), handled.result):
            raise LeaseLostError(claimed.effect.key)
        await handled.record(uow)

    async def _again(self, claimed: ClaimedEffect, error: Exception) -> str:
        now = self.clock()
        silence = timedelta(seconds=self.incidents.page_when_slack_fails_seconds)
        due = self.policy.backoff.due(claimed, error, now, chance=self.chance(), silence=silence)
        limited = isinstance(error, RateLimitedError)
        # A pause that Slack asks for is silence too; one that is longer is told when it begins.
        failing = max(now, due if limited else now) - (claimed.failing_since or now)
        silent = claimed.effect.kind in SHOWING and failing >= silence
        refused = isinstance(error, RemoteMisconfiguredError)
        unpaged = claimed.effect.kind is EffectKind.PAGE and (refused or failing >= silence)

        async def record(uow: UnitOfWork) -> None:
            uncertain = not isinstance(error, _DID_NOTHING)
            if not await uow.outbox.again(claimed, now, due, _said(error), uncertain=uncertain):
                raise LeaseLostError(claimed.effect.key)
            if silent and claimed.effect.incident_id is not None:
                opens = claimed.effect.kind is EffectKind.OPEN_CHANNEL
                cause = NO_CHANNEL if opens else f"slack-silent:{claimed.id}"
                await slack_is_silent(uow, claimed.effect.incident_id, _said(error), cause)
            if unpaged:
                await giving_up.nobody_is_paged(uow, claimed.effect, f"{_said(error)}. It is tried again.")

        await self._recorded(record)
        log.info("effect put off", attempt=claimed.attempt, due_at=due.isoformat(), error=_said(error))
        return "rate_limited" if limited else "again"

    async def _dead(self, claimed: ClaimedEffect, error: Exception) -> str:
        now, effect = self.clock(), claimed.effect
        opens = effect.kind is EffectKind.OPEN_CHANNEL
        backoff = self.policy.refused if opens else self.policy.backoff
        due = now + backoff.pause(claimed.attempt, self.chance())

        async def record(uow: UnitOfWork) -> str:
            put_off = await giving_up.still_wanted(uow, claimed, error)
            held = (
                await uow.outbox.again(claimed, now, due, _said(error), uncertain=False)
                if put_off
                else await uow.outbox.dead(claimed, now, _said(error))
            )
            if not held:
                raise LeaseLostError(effect.key)
            if put_off and not opens:
                return "again"
            if await giving_up.in_another_channel(uow, effect, error):
                return "again"
            await giving_up.tell(uow, effect, error, _said(error), now)
            return "again" if put_off else "dead"

        outcome = await self._recorded(record)
        tell = log.error if outcome == "dead" else log.warning
        tell("effect refused", outcome=outcome, attempt=claimed.attempt, error=_said(error))
        return outcome

    async def _recorded(self, record: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Write an outcome; a database that is away for a moment must not make a known outcome unknown."""
        for attempt in range(1, self.policy.record_attempts):
            try:
                return await transact(self.store, record)
            except StoreUnavailableError:
                await self.sleep(self.policy.backoff.pause(attempt, self.chance()).total_seconds())
        return await transact(self.store, record)


def _about(claimed: ClaimedEffect) -> dict[str, Value]:
    incident = {"tocsin.incident.id": claimed.effect.incident_id} if claimed.effect.incident_id else {}
    return {"tocsin.effect.kind": claimed.effect.kind.value, "tocsin.attempt": claimed.attempt, **incident}


def _said(error: BaseException) -> str:
    """The error for people; what nobody foresaw may hold anything, so only its kind is named."""
    if isinstance(error, TocsinError):
        return str(error)[:_LONGEST_ERROR]
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return f"unexpected {type(error).__name__}"
