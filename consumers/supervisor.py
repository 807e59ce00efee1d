"""Keeps a consumer at work: when one fails, a new one is made, because one cannot be started again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener

from bot.domain.errors import BrokerUnavailableError, RetryableError
from consumers.bounded import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consumers.loop import ConsumerLoop

T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """How a consumer is a member of its group; times are in seconds.

    A JoinGroup waits as long as a request may, so a request has to outlast a session and a rebalance, or a
    group never comes to rest after a member was killed.
    """

    session_s: float = 10.0
    request_s: float = 20.0
    start_s: float = 30.0
    stop_s: float = 5.0
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
    assigned: bool = False

    async def run(self, stop: asyncio.Event, *, drain: bool = False) -> None:
        """Consume until `stop` is set; failures are waited out with a growing pause."""
        failures = 0
        while True:
            try:
                await self._once(stop, drain=drain)
            except RetryableError as error:
                failures += 1
                self.loop.metrics.rebuilds.labels(self.loop.component.name).inc()
                log.warning("consumer failed", component=self.loop.component.name, error=str(error))
            else:
                return
            finally:
                self.assigned = False
            if stop.is_set():
                return
            pause = min(self.settings.longest_pause_s, 0.2 * 2 ** min(failures, 8))
            await _either(stop, pause * (0.5 + self.jitter() / 2))

    async def check(self) -> None:
        """Make sure that the consumer is a member of its group.

        Raises:
            BrokerUnavailableError: it is not, or not yet.
        """
        if not self.assigned:
            raise BrokerUnavailableError(f"{self.loop.component.name}: not a member of its group yet")

    async def _once(self, stop: asyncio.Event, *, drain: bool) -> None:
        consumer = self.make(
            bootstrap_servers=self.client_options["bootstrap_servers"],
            **{name: value for name, value in self.client_options.items() if name != "bootstrap_servers"},
            group_id=self.loop.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(self.settings.session_s * 1000),
            heartbeat_interval_ms=int(self.settings.session_s * 1000 / 4),
            request_timeout_ms=int(self.settings.request_s * 1000),
        )
        consumer.subscribe([self.topic], listener=_Assigned(self))
        try:
            await bounded(consumer.start(), self.settings.start_s, "start")
            await self.loop.run(consumer, stop, drain=drain)
        finally:
            try:
                await bounded(consumer.stop(), self.settings.stop_s, "stop")
            except BrokerUnavailableError as error:
                log.debug("consumer did not stop cleanly", error=str(error))


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Remembers whether the group has given us our part."""

    def __init__(self, supervisor: Supervisor[Any]) -> None:
        self._supervisor = supervisor

    async def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002 - aiokafka's signature
        """A rebalance begins."""
        self._supervisor.assigned = False

    async def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002 - aiokafka's signature
        """A rebalance has ended; an empty part is a part too."""
        self._supervisor.assigned = True


async def _either(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
