"""Kafka as others use it: they produce to the topics of the contract, and read what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read."""

    key: str
    headers: dict[str, str]
    value: bytes

    @property
    def json(self) -> Json:
        """Its value, read."""
        return dict(json.loads(self.value))


@dataclass(frozen=True, slots=True)
class KafkaHand:
    """The broker, and the prefix of this product's topics."""

    bootstrap: str
    prefix: str

    async def produce(
        self, topic: str, value: bytes, *, key: str = "", headers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Write one record to a topic of the contract."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(
                f"{self.prefix}{topic}", value, key=key.encode() or None, headers=list(headers)
            )
        finally:
            await producer.stop()

    async def read(self, topic: str) -> list[Record]:
        """All that a topic holds now, partition by partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            return await self._drain(consumer, f"{self.prefix}{topic}")
        finally:
            await consumer.stop()

    async def _drain(self, consumer: Any, topic: str) -> list[Record]:
        await consumer._client.force_metadata_update()
        numbers = consumer._client.cluster.partitions_for_topic(topic) or {0}
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Record] = []
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                fetched = await consumer.getmany(partition, timeout_ms=1000)
                found += [_record(one) for some in fetched.values() for one in some]
        return found


def _record(one: Any) -> Record:
    headers = {name: value.decode() for name, value in one.headers}
    return Record((one.key or b"").decode(), headers, one.value or b"")
