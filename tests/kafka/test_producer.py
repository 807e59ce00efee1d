"""What only the real producer can get wrong: bounds, outages, closing."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from aiokafka.errors import OutOfOrderSequenceNumber
from prometheus_client import CollectorRegistry

from bot.app.ports import OutRecord
from bot.domain.errors import BrokerUnavailableError, PermanentError
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import Bounds, KafkaPublisher
from bot.kafka.security import KafkaSettings
from tests.kafka.test_publisher_port import TOPIC, read_topic
from tests.support.ports import free_port

if TYPE_CHECKING:
    from tests.support.kafka import Broker, KafkaBroker


def record(value: bytes = b"{}") -> OutRecord:
    return OutRecord(TOPIC, "checkout", value)


def publisher_at(
    address: str, prefix: str = "", bounds: Bounds | None = None
) -> tuple[KafkaPublisher, CollectorRegistry]:
    registry = CollectorRegistry()
    return KafkaPublisher(KafkaSettings(address), prefix, ProducerMetrics(registry), bounds), registry


async def test_a_full_buffer_refuses_at_once() -> None:
    publisher, registry = publisher_at(f"127.0.0.1:{free_port()}", bounds=Bounds(records=2))
    waiting = asyncio.create_task(publisher.publish([record(), record()], within=30))
    await asyncio.sleep(0)
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match="too many"):
        await publisher.publish([record()], within=30)
    assert time.monotonic() - began < 1
    assert registry.get_sample_value("tocsin_kafka_buffered_records") == 2
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert registry.get_sample_value("tocsin_kafka_buffered_records") == 0
    await publisher.stop()


async def test_bytes_are_bounded_too() -> None:
    publisher, registry = publisher_at("127.0.0.1:1", bounds=Bounds(bytes=1000))
    with pytest.raises(BrokerUnavailableError, match="too many"):
        await publisher.publish([record(b"x" * 1000)], within=30)
    assert registry.get_sample_value("tocsin_kafka_produce_failures_total", {"reason": "buffer_full"}) == 1


async def test_stopping_ends_the_attempts_to_connect() -> None:
    publisher, _ = publisher_at(f"127.0.0.1:{free_port()}")
    await publisher.start()
    waiting = asyncio.create_task(publisher.publish([record()], within=30))
    checking = asyncio.create_task(publisher.check())
    await asyncio.sleep(0)
    await publisher.stop()
    for task in (waiting, checking):
        with pytest.raises(BrokerUnavailableError, match="broke off"):
            await task


async def test_a_stopped_publisher_takes_nothing() -> None:
    publisher, _ = publisher_at("127.0.0.1:1")
    await publisher.stop()
    with pytest.raises(BrokerUnavailableError, match="stopped"):
        await publisher.publish([record()], within=1)


async def test_a_record_beyond_the_limit_is_refused_for_good(kafka_broker: Broker, topic_prefix: str) -> None:
    await kafka_broker.create_topics({topic_prefix + TOPIC: 1})
    publisher, _ = publisher_at(kafka_broker.bootstrap, topic_prefix)
    with pytest.raises(PermanentError):
        await publisher.publish([record(b"x" * 2_000_000)], within=10)
    await publisher.publish([record()], within=10)
    await publisher.stop()


async def test_a_broken_producer_is_replaced(kafka_broker: Broker, topic_prefix: str) -> None:
    await kafka_broker.create_topics({topic_prefix + TOPIC: 1})
    publisher, registry = publisher_at(kafka_broker.bootstrap, topic_prefix)
    await publisher.publish([record()], within=10)
    assert publisher._producer is not None
    publisher._producer._message_accumulator.fail_all(OutOfOrderSequenceNumber())
    with pytest.raises(BrokerUnavailableError):
        await publisher.publish([record()], within=10)
    await publisher.publish([record()], within=10)
    await publisher.stop()
    assert registry.get_sample_value("tocsin_kafka_produced_records_total", {"topic": TOPIC}) == 2


async def test_an_outage_ends_in_time_and_is_survived(own_kafka: KafkaBroker, topic_prefix: str) -> None:
    await own_kafka.create_topics({topic_prefix + TOPIC: 1})
    publisher, _ = publisher_at(own_kafka.bootstrap, topic_prefix)
    await publisher.publish([record(b"1")], within=10)
    own_kafka.kill()
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError):
        await publisher.publish([record(b"2")], within=1)
    with pytest.raises(BrokerUnavailableError):
        await publisher.check()
    assert time.monotonic() - began < 6
    await asyncio.to_thread(own_kafka.restart)
    await publisher.publish([record(b"3")], within=30)
    await publisher.stop()
    got = await read_topic(own_kafka.bootstrap, topic_prefix, 3)
    assert [one.value for one in got] == [b"1", b"2", b"3"]


async def test_stopping_ends_while_the_broker_is_away(own_kafka: KafkaBroker, topic_prefix: str) -> None:
    await own_kafka.create_topics({topic_prefix + TOPIC: 1})
    publisher, _ = publisher_at(own_kafka.bootstrap, topic_prefix)
    await publisher.publish([record()], within=10)
    own_kafka.kill()
    with pytest.raises(BrokerUnavailableError):
        await publisher.publish([record()], within=0.2)
    began = time.monotonic()
    await publisher.stop(grace=0.2)
    assert time.monotonic() - began < 8
