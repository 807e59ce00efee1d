from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.support.kafka import MemoryBroker, absence
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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


async def test_without_java_the_embedded_broker_serves() -> None:
    with contextlib.closing(MemoryBroker()) as broker:
        await broker.create_topics({"things": 2})
        await _produce(broker.bootstrap, "things", [b"a", b"b"])
        assert await _consume(broker.bootstrap, "things", 2) == {b"a", b"b"}


def test_what_is_missing_for_kafka_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert absence() == "needs Java 17 and Maven; not on PATH: java, mvn"
    for program, says in (("java", 'openjdk version "11.0.2"'), ("mvn", "")):
        file = tmp_path / program
        file.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
        file.chmod(0o755)
    assert absence() == 'needs Java 17; found: openjdk version "11.0.2"'
