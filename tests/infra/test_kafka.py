from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.kafka import Broker, KafkaBroker


async def _produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, compression_type="lz4")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def _consume(bootstrap: str, topic: str, count: int) -> set[bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    seen: set[bytes] = set()

    async def all_seen() -> bool:
        batch = await consumer.getmany(timeout_ms=200)
        seen.update(record.value for records in batch.values() for record in records)
        return len(seen) >= count

    try:
        await eventually(all_seen, within=20, what=f"{count} records")
    finally:
        await consumer.stop()
    return seen


async def test_whatever_broker_runs_keeps_records(kafka_broker: Broker, topic_prefix: str) -> None:
    topic = f"{topic_prefix}things"
    await kafka_broker.create_topics({topic: 3})
    await _produce(kafka_broker.bootstrap, topic, [b"a", b"b", b"c"])
    assert await _consume(kafka_broker.bootstrap, topic, 3) == {b"a", b"b", b"c"}


async def test_what_was_acknowledged_survives_a_crash(own_kafka: KafkaBroker) -> None:
    await own_kafka.create_topics({"things": 2})
    await _produce(own_kafka.bootstrap, "things", [b"before"])
    own_kafka.kill()
    assert not own_kafka.process.running
    own_kafka.start()
    await _produce(own_kafka.bootstrap, "things", [b"after"])
    assert await _consume(own_kafka.bootstrap, "things", 2) == {b"before", b"after"}
