"""The loop: poll, take in, dead letter, commit; until it is asked to stop or the consumer fails.

Offsets are committed only after the transaction and the dead letters, explicitly and for what was processed.
While the store or the broker fails, partitions are paused and polled on, so that the group keeps its members.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import structlog
from aiokafka.errors import CommitFailedError, IllegalStateError

from bot.domain.errors import BrokerUnavailableError, RetryableError
from bot.kafka.topics import dead_letter_topic
from consumers.batch import decoded, take_in
from consumers.bounded import bounded
from consumers.dead_letters import out_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.app.ports import Publisher
    from consumers.batch import Batch
    from consumers.component import Component, Record
    from consumers.dead_letters import DeadLetter
    from consumers.metrics import ConsumerMetrics

T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


class Consumer(Protocol):
    """What we use of an aiokafka consumer."""

    async def getmany(
        self, *partitions: Any, timeout_ms: int, max_records: int
    ) -> Mapping[Any, Sequence[Record]]:
        """Records by partition; none where there are none, or where the broker is away."""

    async def commit(self, offsets: Mapping[Any, int]) -> None:
        """Commit the offsets that come next."""

    def assignment(self) -> frozenset[Any]:
        """The partitions that are ours now."""

    def pause(self, *partitions: Any) -> None:
        """Fetch no more of these."""

    def resume(self, *partitions: Any) -> None:
        """Fetch these again."""

    async def position(self, partition: Any) -> int:
        """The offset that is read next."""

    async def end_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        """The offsets at the ends."""

    def highwater(self, partition: Any) -> int | None:
        """The end of the partition as of the last fetch."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Bounds of the loop; times are in seconds."""

    batch_records: int = 2_000
    poll_s: float = 0.5
    call_s: float = 10.0
    publish_s: float = 5.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    look_at_outbox_s: float = 1.0


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
    _looked_at: float = 0.0

    async def run(self, consumer: Consumer, stop: asyncio.Event, *, drain: bool = False) -> None:
        """Consume until `stop` is set; with `drain`, until what is there by then has been consumed.

        Raises:
            BrokerUnavailableError: the consumer is of no more use; make a new one.
        """
        # The next batch is fetched and decoded while the database works on this one.
        ahead = asyncio.create_task(self._poll(consumer))
        try:
            while not stop.is_set():
                if not await self._has_room(consumer, stop):
                    continue
                batch = await ahead
                ahead = asyncio.create_task(self._poll(consumer))
                await self._step(consumer, batch, stop)
            if drain:
                await self._step(consumer, await ahead, stop)
                while await self._behind(consumer):
                    await self._step(consumer, await self._poll(consumer), stop)
        finally:
            ahead.cancel()
            await asyncio.wait({ahead})

    async def _poll(self, consumer: Consumer) -> Batch[T]:
        wait_s = self.settings.poll_s
        poll = consumer.getmany(timeout_ms=int(wait_s * 1000), max_records=self.settings.batch_records)
        return decoded(self.component, await bounded(poll, self.settings.call_s + wait_s, "poll"))

    async def _step(self, consumer: Consumer, batch: Batch[T], stop: asyncio.Event) -> None:
        records = batch.records()
        if not records:
            return
        began = time.monotonic()
        await self._persist(consumer, batch, stop)
        if await self._commit(consumer, batch.by_partition):
            self._count(consumer, records, time.monotonic() - began)

    # -- taking in, for as long as it takes

    async def _persist(self, consumer: Consumer, batch: Batch[T], stop: asyncio.Event) -> None:
        letters: list[DeadLetter] | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                if letters is None:
                    letters = await take_in(self.component, batch, attempt)
                await self._bury(letters)
            except RetryableError as error:
                if stop.is_set():
                    raise BrokerUnavailableError(f"stopped while waiting: {error}") from error
                await self._wait(consumer, attempt, error, stop)
            else:
                if attempt > 1:
                    self._resume(consumer)
                return

    async def _bury(self, letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        topic = dead_letter_topic(self.component.topic, self.group)
        await self.publisher.publish([out_record(one, topic) for one in letters], self.settings.publish_s)
        self.metrics.dead_letters.labels(self.component.name).inc(len(letters))
        for letter in letters:
            log.warning(
                "record sent to the dead letters",
                component=self.component.name,
                partition=letter.record.partition,
                offset=letter.record.offset,
                error=str(letter.error),
            )

    async def _wait(
        self, consumer: Consumer, attempt: int, error: RetryableError, stop: asyncio.Event
    ) -> None:
        """Back off with full jitter; poll paused partitions meanwhile, so that the group keeps us."""
        self.metrics.retries.labels(self.component.name).inc()
        self.metrics.paused.labels(self.component.name).set(1)
        longest = min(self.settings.longest_pause_s, self.settings.first_pause_s * 2 ** min(attempt, 10))
        log.warning("batch will be tried again", component=self.component.name, error=str(error))
        await self._idle(consumer, stop, longest * (0.5 + self.jitter() / 2))

    async def _idle(self, consumer: Consumer, stop: asyncio.Event, seconds: float) -> None:
        # The poll tells the group that this member lives. It names the paused partitions, which give nothing
        # and keep their place: a partition that is assigned meanwhile must not lose a record to it.
        if paused := consumer.assignment():
            consumer.pause(*paused)
            poll = consumer.getmany(*paused, timeout_ms=0, max_records=1)
            await bounded(poll, self.settings.call_s, "poll")
        with_stop = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({with_stop}, timeout=seconds)
        finally:
            with_stop.cancel()

    def _resume(self, consumer: Consumer) -> None:
        consumer.resume(*consumer.assignment())
        self.metrics.paused.labels(self.component.name).set(0)

    async def _has_room(self, consumer: Consumer, stop: asyncio.Event) -> bool:
        """Whether the outbox is below its bound; asked about once a second."""
        now = time.monotonic()
        if now - self._looked_at < self.settings.look_at_outbox_s:
            return True
        try:
            room = await self.may_go_on()
        except RetryableError:
            room = True  # the batch itself will find out, and wait
        if room:
            self._looked_at = now
            if self.metrics.paused.labels(self.component.name)._value.get():  # noqa: SLF001 - no public reader
                self._resume(consumer)
            return True
        self.metrics.paused.labels(self.component.name).set(1)
        await self._idle(consumer, stop, self.settings.look_at_outbox_s)
        return False

    # -- committing

    async def _commit(self, consumer: Consumer, by_partition: Mapping[Any, Sequence[Record]]) -> bool:
        offsets = {partition: part[-1].offset + 1 for partition, part in by_partition.items() if part}
        try:
            await bounded(_committing(consumer, offsets), self.settings.call_s, "commit")
        except _LostPartitionError as error:
            # Somebody else has the partition now and reads the records again; the inbox knows them.
            log.info("offsets not committed", component=self.component.name, error=str(error))
            return False
        return True

    def _count(self, consumer: Consumer, records: Sequence[Record], seconds: float) -> None:
        name = self.component.name
        self.metrics.records.labels(name).inc(len(records))
        self.metrics.batch_records.labels(name).observe(len(records))
        self.metrics.batch_seconds.labels(name).observe(seconds)
        if self.committed is not None:
            for record in records:
                self.committed(record)
        last = {record.partition: record.offset for record in records}
        ends = {part.partition: consumer.highwater(part) for part in consumer.assignment()}
        behind = sum(max(0, (ends.get(p) or 0) - offset - 1) for p, offset in last.items())
        self.metrics.lag_records.labels(name).set(behind)

    async def _behind(self, consumer: Consumer) -> bool:
        partitions = sorted(consumer.assignment(), key=lambda part: (part.topic, part.partition))
        if not partitions:
            return False
        ends = await bounded(consumer.end_offsets(partitions), self.settings.call_s, "end offsets")
        for partition in partitions:
            at = await bounded(consumer.position(partition), self.settings.call_s, "position")
            if at < ends[partition]:
                return True
        return False


class _LostPartitionError(Exception):
    """A partition was taken from this consumer."""


async def _committing(consumer: Consumer, offsets: Mapping[Any, int]) -> None:
    try:
        await consumer.commit(offsets)
    except (CommitFailedError, IllegalStateError) as error:
        raise _LostPartitionError(str(error)) from error
