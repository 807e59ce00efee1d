"""The topics of dead letters, read by people: what was set aside, where it came from, and why.

Reading belongs to no group and commits nothing; every wait has an end.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from bot.domain.errors import BrokerUnavailableError, NotFoundError
from bot.kafka.closing import raise_if_asked
from bot.kafka.security import KafkaSettings, client_options
from bot.kafka.topics import CONSUMED, dead_letter_topic, group_name, topic_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WITHIN_S: Final = 10.0
log: Final = structlog.get_logger(__name__)
_POLL_S: Final = 0.02
_TOLD: Final = "dlq-"


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter; `told` is what its consumer wrote of it: topic, offset, error, attempts, ..."""

    id: str
    component: str
    kept_at: datetime
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    told: dict[str, str]


class DeadLetters:
    """The dead letters of every component; use it through `dead_letters`."""

    def __init__(self, consumer: AIOKafkaConsumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix

    async def newest(self, component: str, count: int) -> list[Letter]:
        """The newest letters of a component, at most so many of each partition, in their order."""
        letters = []
        for partition in await self._opened(component):
            begin, end = await self._bounds(partition)
            letters += [one async for one in self._read(component, partition, max(begin, end - count), end)]
        return letters

    async def letter(self, identity: str) -> Letter:
        """The letter of this id, as in `alerts/0/12`.

        Raises:
            NotFoundError: there is none.
        """
        component, _, place = identity.partition("/")
        number, _, offset = place.partition("/")
        if component in CONSUMED and number.isdecimal() and offset.isdecimal():
            for partition in await self._opened(component):
                begin, end = await self._bounds(partition)
                if partition.partition == int(number) and begin <= int(offset) < end:
                    async for one in self._read(component, partition, int(offset), int(offset) + 1):
                        return one
        raise NotFoundError(f"dead letter {identity}; `tocsin dlq list` shows their ids")

    async def _opened(self, component: str) -> list[TopicPartition]:
        """The partitions of the component's topic, sorted; none where the topic is not there."""
        group = group_name(self._prefix, component)
        topic = dead_letter_topic(topic_name(self._prefix, CONSUMED[component]), group)
        if topic not in await self._consumer.topics():
            return []
        self._consumer.subscribe([topic])
        # Bounded by `dead_letters`.
        while not any(one.topic == topic for one in self._consumer.assignment()):  # noqa: ASYNC110 - see below
            await asyncio.sleep(_POLL_S)  # aiokafka's own word of it is a listener, and no simpler
        return sorted(self._consumer.assignment())

    async def _bounds(self, partition: TopicPartition) -> tuple[int, int]:
        begin: int = (await self._consumer.beginning_offsets([partition]))[partition]
        end: int = (await self._consumer.end_offsets([partition]))[partition]
        return begin, end

    async def _read(
        self, component: str, partition: TopicPartition, first: int, end: int
    ) -> AsyncIterator[Letter]:
        self._consumer.seek(partition, first)
        while await self._consumer.position(partition) < end:
            batch = await self._consumer.getmany(partition, timeout_ms=500)
            for record in batch.get(partition, ()):
                if record.offset < end:
                    yield _letter(component, record)


@contextlib.asynccontextmanager
async def dead_letters(
    settings: KafkaSettings, prefix: str, within: float = WITHIN_S
) -> AsyncIterator[DeadLetters]:
    """Read dead letters for at most `within` seconds in all.

    Raises:
        BrokerUnavailableError: the broker does not answer in that time.
    """
    consumer = AIOKafkaConsumer(
        **client_options(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        async with asyncio.timeout(within):
            await consumer.start()
            yield DeadLetters(consumer, prefix)
    except (TimeoutError, KafkaError, OSError) as error:
        raise BrokerUnavailableError(str(error) or f"no answer within {within:g} s") from error
    finally:
        await _stop(consumer, within)


async def _stop(consumer: AIOKafkaConsumer, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            await consumer.stop()
    except asyncio.CancelledError:
        raise_if_asked()
    except (TimeoutError, KafkaError) as error:
        log.debug("kafka consumer did not close cleanly", error=str(error))


def _letter(component: str, record: Any) -> Letter:
    told = {
        name.removeprefix(_TOLD): value.decode("utf-8", "replace")
        for name, value in record.headers
        if name.startswith(_TOLD)
    }
    return Letter(
        id=f"{component}/{record.partition}/{record.offset}",
        component=component,
        kept_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=record.key or b"",
        value=record.value or b"",
        headers=tuple((name, value) for name, value in record.headers if not name.startswith(_TOLD)),
        told=told,
    )
