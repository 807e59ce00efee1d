"""The loop: poll, take in, dead letter, commit; until it is asked to stop or the consumer fails.

The partitions are dealt out to lanes that work side by side; each takes in a batch at a time, in order.
Offsets are committed only after the transaction and the dead letters, explicitly and for what was processed.
While the store or the broker fails, partitions are paused and polled on, so that the group keeps its members.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import structlog

from bot.app.ports import NO_TRACES
from bot.domain.errors import BrokerUnavailableError, RetryableError
from bot.kafka.topics import dead_letter_topic
from consumers.batch import decoded, take_in
from consumers.bounded import bounded
from consumers.dead_letters import AT_ONCE, bury
from consumers.lag import Lag
from consumers.lanes import LANES, NOWHERE, in_lane
from consumers.offsets import Offsets
from consumers.pause import Pause

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.app.ports import Publisher, Tracer
    from bot.app.ports.tracing import Attributes
    from consumers.batch import Batch
    from consumers.component import Component, Consumer, Record
    from consumers.dead_letters import DeadLetter
    from consumers.metrics import ConsumerMetrics

    Records = Mapping[Any, Sequence[Record]]
    """By partition."""

T = TypeVar("T")
_GATHERED_POLLS: Final = 20
"""No record waits for many others."""
log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Bounds of the loop; times are in seconds.

    A poll waits out a rebalance, and that takes as long as a killed member's session and more: a consumer
    that gave up on it would be replaced, which begins the next rebalance.

    `gather_s` is how long a poll that found something waits for more, where the broker hands out what it took
    in one by one (the embedded one does); 0 where it does not.
    """

    batch_records: int = 2_000
    poll_s: float = 0.5
    look_for_partitions_s: float = 0.05
    poll_within_s: float = 45.0
    gather_s: float = 0.0
    call_s: float = 10.0
    publish_s: float = 5.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    look_at_outbox_s: float = 1.0
    look_at_lag_s: float = 5.0


@dataclass(slots=True)
class _Lane:
    """One of those that work side by side."""

    number: int
    pause: Pause


@dataclass(slots=True)
class ConsumerLoop(Generic[T]):
    """One consumer at work.

    `may_go_on` says whether the outbox has room; `committed` is told of every committed record (the embedded
    broker's bound counts them down). `jitter` gives numbers in [0, 1).
    """

    component: Component[T]
    group: str
    publisher: Publisher
    metrics: ConsumerMetrics
    may_go_on: Callable[[], Awaitable[bool]]
    settings: LoopSettings = field(default_factory=LoopSettings)
    committed: Callable[[Record], None] | None = None
    jitter: Callable[[], float] = random.random
    tracer: Tracer = NO_TRACES
    _lag: Lag = field(init=False)
    _offsets: Offsets = field(init=False)
    _asked_at: float | None = field(default=None, init=False)
    _room: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        name, bounds = self.component.name, self.settings
        self._lag = Lag(self.metrics.lag_records.labels(name), bounds.look_at_lag_s, bounds.call_s)
        self._offsets = Offsets(name, bounds.call_s)

    async def run(self, consumer: Consumer, stop: asyncio.Event, *, drain: bool = False) -> None:
        """Consume until `stop` is set; with `drain`, until what is there by then has been consumed.

        A batch that waits for its next attempt when `stop` is set is given up, but not where it is drained:
        then cancel this, when patience ends.

        Raises:
            BrokerUnavailableError: the consumer is of no more use; make a new one.
        """
        gauge = self.metrics.paused.labels(self.component.name)
        lanes = [_Lane(number, Pause(number, gauge, self.settings.poll_within_s)) for number in range(LANES)]
        work = [asyncio.create_task(self._work(consumer, lane, stop, drain=drain)) for lane in lanes]
        try:
            ended, _ = await asyncio.wait(work, return_when=asyncio.FIRST_EXCEPTION)
            for one in ended:
                one.result()
            await self._offsets.arrive()
        finally:
            for one in work:
                one.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            for lane in lanes:
                lane.pause.forget()
            await self._offsets.give_up()

    async def _work(self, consumer: Consumer, lane: _Lane, stop: asyncio.Event, *, drain: bool) -> None:
        give_up = asyncio.Event() if drain else stop
        # The next batch is fetched and decoded while the database works on this one.
        ahead = asyncio.create_task(self._poll(consumer, lane))
        try:
            while not stop.is_set():
                await self._lag.look(consumer)
                if await self._has_room(consumer, lane, stop):
                    batch = await ahead
                    ahead = asyncio.create_task(self._poll(consumer, lane))
                    await self._step(consumer, lane, batch, give_up)
            if drain:
                lane.pause.end(consumer)
                await self._step(consumer, lane, await ahead, give_up)
                while await self._lag.behind(consumer):
                    await self._step(consumer, lane, await self._poll(consumer, lane), give_up)
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _poll(self, consumer: Consumer, lane: _Lane) -> Batch[T]:
        partitions = in_lane(consumer.assignment(), lane.number)
        wait_s = self.settings.poll_s if partitions else self.settings.look_for_partitions_s
        found = await self._getmany(consumer, partitions or [NOWHERE], wait_s)
        if found and self.settings.gather_s:
            found = await self._gather(consumer, partitions, found)
        return await decoded(self.component, found)

    async def _gather(self, consumer: Consumer, partitions: Sequence[Any], found: Records) -> Records:
        gathered = {partition: list(records) for partition, records in found.items()}
        for _ in range(_GATHERED_POLLS):
            if sum(map(len, gathered.values())) >= self.settings.batch_records:
                break
            more = await self._getmany(consumer, partitions, self.settings.gather_s)
            if not more:
                break
            for partition, records in more.items():
                gathered.setdefault(partition, []).extend(records)
        return gathered

    async def _getmany(self, consumer: Consumer, partitions: Sequence[Any], wait_s: float) -> Records:
        poll = consumer.getmany(
            *partitions, timeout_ms=int(wait_s * 1000), max_records=self.settings.batch_records
        )
        return await bounded(poll, self.settings.poll_within_s, "poll")

    async def _step(self, consumer: Consumer, lane: _Lane, batch: Batch[T], give_up: asyncio.Event) -> None:
        records = batch.records()
        if not records:
            await self._offsets.look()
            return
        began = time.monotonic()
        await self._persist(consumer, lane, batch, give_up)
        seconds = time.monotonic() - began
        await self._offsets.send(consumer, batch.by_partition, lambda: self._count(records, seconds))

    # -- taking in, for as long as it takes

    async def _persist(
        self, consumer: Consumer, lane: _Lane, batch: Batch[T], give_up: asyncio.Event
    ) -> None:
        topic = self.component.topic
        letters: list[DeadLetter] | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                headers = (record.headers for record in batch.records())
                with self.tracer.batch(f"process {topic}", headers, self._about(batch, attempt)):
                    if letters is None:
                        letters = await take_in(self.component, batch, attempt)
                    await self._bury(letters)
            except RetryableError as error:
                if give_up.is_set():
                    raise BrokerUnavailableError(f"stopped while waiting: {error}") from error
                await self._wait(consumer, lane, attempt, error, give_up)
            else:
                lane.pause.end(consumer)
                return

    def _about(self, batch: Batch[T], attempt: int) -> Attributes:
        return {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": self.component.topic,
            "messaging.consumer.group.name": self.group,
            "messaging.batch.message_count": len(batch.understood) + len(batch.not_understood),
            "tocsin.attempt": attempt,
        }

    async def _bury(self, letters: list[DeadLetter]) -> None:
        """Publish the letters; those that were acknowledged are taken off the list."""
        topic = dead_letter_topic(self.component.topic, self.group)
        while some := letters[:AT_ONCE]:
            await bury(self.publisher, topic, some, self.settings.publish_s)
            del letters[: len(some)]
            self.metrics.dead_letters.labels(self.component.name).inc(len(some))
            for letter in some:
                log.warning(
                    "record sent to the dead letters",
                    component=self.component.name,
                    partition=letter.record.partition,
                    offset=letter.record.offset,
                    error=f"{type(letter.error).__name__}: {letter.error}",
                )

    async def _wait(
        self, consumer: Consumer, lane: _Lane, attempt: int, error: RetryableError, give_up: asyncio.Event
    ) -> None:
        """Back off, twice as long each time up to a bound, half of it by chance."""
        self.metrics.retries.labels(self.component.name).inc()
        longest = min(self.settings.longest_pause_s, self.settings.first_pause_s * 2 ** min(attempt, 10))
        log.warning(
            "batch will be tried again", component=self.component.name, attempt=attempt, error=str(error)
        )
        await self._lag.look(consumer)
        await lane.pause.wait(consumer, longest * (0.5 + self.jitter() / 2), give_up)

    async def _has_room(self, consumer: Consumer, lane: _Lane, stop: asyncio.Event) -> bool:
        """Whether the outbox is below its bound; about once a second some lane asks for all."""
        now, every = time.monotonic(), self.settings.look_at_outbox_s
        if self._asked_at is None or now - self._asked_at >= every:
            self._asked_at = now
            self._room = await self._ask()
        if self._room:
            lane.pause.end(consumer)
        else:
            await lane.pause.wait(consumer, every, stop)
        return self._room

    async def _ask(self) -> bool:
        try:
            return await self.may_go_on()
        except RetryableError:
            return True  # the batch itself will find out, and wait

    def _count(self, records: Sequence[Record], seconds: float) -> None:
        name = self.component.name
        self.metrics.records.labels(name).inc(len(records))
        self.metrics.batch_records.labels(name).observe(len(records))
        self.metrics.batch_seconds.labels(name).observe(seconds)
        if self.committed is not None:
            for record in records:
                self.committed(record)
