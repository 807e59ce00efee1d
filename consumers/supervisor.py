"""Keeps a consumer at work: when one fails, a new one is made, because one cannot be started again."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener

from bot.domain.errors import BrokerUnavailableError, RetryableError
from consumers.bounded import bounded
from consumers.closing import close
from consumers.pause import either

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consumers.loop import ConsumerLoop

T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """How a consumer is a member of its group; times are in seconds.

    A JoinGroup waits as long as a request may, so a request has to outlast a session and a rebalance, or a
    group never comes to rest after a member was killed. Asked to stop, a consumer has `finish_s` for what it
    has in hand and `stop_s` for leaving its group, together less than a process is given to end. `fetch_s` is
    how long the broker holds a fetch that finds nothing.
    """

    session_s: float = 10.0
    request_s: float = 20.0
    fetch_s: float = 0.5
    start_s: float = 45.0
    finish_s: float = 7.0
    stop_s: float = 3.0
    first_pause_s: float = 0.4
    longest_pause_s: float = 10.0


@dataclass(slots=True)
class Supervisor(Generic[T]):
    """Runs one consuming loop for as long as the process lives."""

    loop: ConsumerLoop[T]
    topic: str
    client_options: Mapping[str, Any]
    settings: GroupSettings = field(default_factory=GroupSettings)
    make: Callable[..., Any] = AIOKafkaConsumer
    jitter: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    _member: _Membership | None = field(default=None, init=False)

    @property
    def assigned(self) -> bool:
        """Whether the group has given this consumer its part, which may be empty."""
        return self._member is not None and self._member.assigned

    async def run(self, stop: asyncio.Event, *, drain: bool = False) -> None:
        """Consume until `stop` is set; failures are waited out with a growing pause."""
        failures = 0
        while not stop.is_set():
            began = self.clock()
            try:
                await self._once(stop, drain=drain)
            except Exception as error:  # noqa: BLE001 - whatever ended it, a new consumer is made
                # One that worked for long did not fail because of what failed before.
                failures = 1 if self.clock() - began > self.settings.longest_pause_s else failures + 1
                self.loop.metrics.rebuilds.labels(self.loop.component.name).inc()
                self._tell(error)
                pause = min(
                    self.settings.longest_pause_s, self.settings.first_pause_s * 2 ** min(failures - 1, 8)
                )
                await either(stop, pause * (0.5 + self.jitter() / 2))

    async def check(self) -> None:
        """Make sure that the consumer is a member of its group, and has not lost its broker.

        A consumer whose broker is gone finds out by its next look at its lag, and is one no more.

        Raises:
            BrokerUnavailableError: it is not, or not yet.
        """
        if not self.assigned:
            raise BrokerUnavailableError(f"{self.loop.component.name}: not a member of its group yet")

    async def _once(self, stop: asyncio.Event, *, drain: bool) -> None:
        member = self._member = _Membership()
        consumer = self._consumer()
        consumer.subscribe([self.topic], listener=member)
        work = asyncio.create_task(self._work(consumer, member, stop, drain=drain))
        asked = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
            # A consumer that is still starting has nothing in hand.
            await asyncio.wait({work}, timeout=self.settings.finish_s if member.at_work else 0)
        finally:
            self._member = None
            asked.cancel()
            work.cancel()
            await asyncio.wait({work})
            await close(consumer, self.settings.stop_s)
        if not work.cancelled():
            work.result()
        elif member.at_work:
            log.warning("batch given up: it comes again", component=self.loop.component.name)

    async def _work(self, consumer: Any, member: _Membership, stop: asyncio.Event, *, drain: bool) -> None:
        await bounded(consumer.start(), self.settings.start_s, "start")
        member.at_work = True
        await self.loop.run(consumer, stop, drain=drain)

    def _consumer(self) -> Any:
        return self.make(
            **self.client_options,
            group_id=self.loop.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(self.settings.session_s * 1000),
            heartbeat_interval_ms=int(self.settings.session_s * 1000 / 4),
            request_timeout_ms=int(self.settings.request_s * 1000),
            fetch_max_wait_ms=int(self.settings.fetch_s * 1000),
        )

    def _tell(self, error: Exception) -> None:
        if isinstance(error, RetryableError):
            log.warning("consumer failed", component=self.loop.component.name, error=str(error))
        else:
            log.error("consumer failed unforeseen", component=self.loop.component.name, exc_info=error)


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """What one consumer has reached: whether it is at work, and whether its group has given it its part."""

    def __init__(self) -> None:
        self.at_work = False
        self.assigned = False

    async def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002 - aiokafka's signature
        """A rebalance begins."""
        self.assigned = False

    async def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002 - aiokafka's signature
        """A rebalance has ended; an empty part is a part too."""
        self.assigned = True
