"""What Kafka still has of alerts and changes, for replays, in the order of receipt.

Reading belongs to no group and commits nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from bot.domain.errors import BrokerUnavailableError, InvalidInputError, TocsinError
from bot.ingest.records import ALERTS_TOPIC, CHANGES_TOPIC, decode_alert, decode_change
from bot.kafka.closing import raise_if_asked
from bot.kafka.security import KafkaSettings, client_options
from bot.kafka.topics import topic_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from datetime import datetime

    from aiokafka.structs import OffsetAndTimestamp

    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from bot.ingest.labels import LabelPolicy

    Fact = AlertEvent | Change
    Range = tuple[str, int, int, int]

WITHIN_S: Final = 15.0
_PAGE: Final = 5_000
_POLL_S: Final = 0.02
_AHEAD: Final = 5_000
"""So many records of a partition are kept ready at most: others may be hours behind it."""


class TimesNotFoundError(TocsinError):
    """This broker cannot find records by their time."""

    def __init__(self) -> None:
        super().__init__("the one that `tocsin dev` embeds cannot; replay from the database, or from a file")


@dataclass(slots=True)
class _Partition:
    """One partition on its way to its end."""

    topic: str
    place: TopicPartition
    end: int
    ready: deque[Fact] = field(default_factory=deque)
    position: int = 0

    @property
    def waits(self) -> bool:
        """Whether more has to be fetched before anything can be said of it."""
        return not self.ready and self.position < self.end


async def kept_between(
    settings: KafkaSettings, prefix: str, since: datetime, until: datetime
) -> tuple[Range, ...]:
    """What each partition of both topics has of that time: topic of the contract, number, first, end.

    Raises:
        BrokerUnavailableError: the broker does not answer.
        TimesNotFoundError: it cannot find records by their time.
    """
    async with _consumer(settings) as consumer:
        ranges: list[Range] = []
        names = {topic_name(prefix, topic): topic for topic in (ALERTS_TOPIC, CHANGES_TOPIC)}
        async with asyncio.timeout(WITHIN_S):
            there = names.keys() & await consumer.topics()
            if not there:
                return ()
            consumer.subscribe(sorted(there))
            while {one.topic for one in consumer.assignment()} != there:  # noqa: ASYNC110 - bounded above
                await asyncio.sleep(_POLL_S)  # aiokafka's own word of it is a listener, and no simpler
            places = sorted(consumer.assignment())
            ends = await consumer.end_offsets(places)
            found = await _first_at(consumer, places, since)
            if not any(found.values()) and not await _finds_times(consumer, places):
                raise TimesNotFoundError
            beyond = await _first_at(consumer, places, until)
            for place in places:
                first, after = found[place], beyond[place]
                end = ends[place] if after is None else after.offset
                if first is not None and first.offset < end:
                    ranges.append((names[place.topic], place.partition, first.offset, end))
        return tuple(ranges)


async def _first_at(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], moment: datetime
) -> dict[TopicPartition, OffsetAndTimestamp | None]:
    """The first record of each partition that came then or later."""
    milliseconds = int(moment.timestamp() * 1000)
    found: dict[TopicPartition, OffsetAndTimestamp | None]
    found = await consumer.offsets_for_times(dict.fromkeys(places, milliseconds))
    return found


async def _finds_times(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> bool:
    """Whether the broker knows when its records came: those that it has came after 1970."""
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    held = [place for place in places if begins[place] < ends[place]]
    return not held or any((await consumer.offsets_for_times(dict.fromkeys(held, 0))).values())


async def read_topics(
    settings: KafkaSettings, prefix: str, ranges: Sequence[Range], policy: LabelPolicy
) -> AsyncIterator[tuple[list[Fact], int]]:
    """Events and changes in pages, each with how many records were read for it.

    The partitions are merged by the time of receipt; within one the order stays as it is. A record that
    cannot be read, which is a dead letter in production, is left out.

    Raises:
        BrokerUnavailableError: the broker does not answer.
    """
    parts = [
        _Partition(topic, TopicPartition(topic_name(prefix, topic), number), end, position=first)
        for topic, number, first, end in ranges
    ]
    async with _consumer(settings) as consumer:
        consumer.assign([part.place for part in parts])
        for part in parts:
            consumer.seek(part.place, part.position)
        page: list[Fact] = []
        read = 0
        while True:
            read += await _fetch(consumer, parts, policy)
            if not any(part.ready for part in parts):
                break
            for fact in _merged(parts):
                page.append(fact)
                if len(page) >= _PAGE:
                    yield page, read
                    page, read = [], 0
        yield page, read


def _merged(parts: Sequence[_Partition]) -> Iterator[Fact]:
    """What is ready, the first received first, until a partition has nothing left and may have more."""
    heads = [(part.ready[0].received_at, place) for place, part in enumerate(parts) if part.ready]
    heapify(heads)
    while heads:
        place = heads[0][1]
        ready = parts[place].ready
        yield ready.popleft()
        if ready:
            heapreplace(heads, (ready[0].received_at, place))
        elif parts[place].waits:
            return
        else:
            heappop(heads)


async def _fetch(consumer: AIOKafkaConsumer, parts: Sequence[_Partition], policy: LabelPolicy) -> int:
    """Read on until no partition waits; gives how many records that took."""
    read = 0
    async with asyncio.timeout(WITHIN_S) as within:
        while waiting := {part.place: part for part in parts if part.waits}:
            batches = await consumer.getmany(*waiting, timeout_ms=500, max_records=_AHEAD)
            for place, records in batches.items():
                part = waiting[place]
                for record in records:
                    if record.offset < part.end:
                        read += 1
                        part.ready.extend(_decoded(part.topic, record, policy))
            for place, part in waiting.items():
                part.position = await consumer.position(place)
            if batches:
                within.reschedule(asyncio.get_running_loop().time() + WITHIN_S)
    return read


def _decoded(topic: str, record: Any, policy: LabelPolicy) -> list[Fact]:
    try:
        if topic == ALERTS_TOPIC:
            return [decode_alert(record.value, record.headers, record.timestamp, policy)]
        return [decode_change(record.value, record.headers, record.timestamp, policy)]
    except InvalidInputError:
        return []


@contextlib.asynccontextmanager
async def _consumer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **client_options(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            await consumer.start()
        yield consumer
    except (TimeoutError, KafkaError, OSError) as error:
        raise BrokerUnavailableError(str(error) or f"no answer within {WITHIN_S:g} s") from error
    finally:
        try:
            async with asyncio.timeout(WITHIN_S):
                await consumer.stop()
        except asyncio.CancelledError:
            raise_if_asked()
        except (TimeoutError, KafkaError):
            pass
