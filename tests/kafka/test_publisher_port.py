"""One suite for the fake and for the real producer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import CollectorRegistry

from bot.app.ports import OutRecord, Publisher
from bot.domain.errors import BrokerUnavailableError
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import KafkaPublisher
from bot.kafka.security import KafkaSettings
from tests.kafka.memory import MemoryPublisher
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.support.kafka import Broker

TOPIC = "tocsin.alerts.v1"
if TYPE_CHECKING:
    Read = Callable[[int], Awaitable[list[OutRecord]]]
    Opened = AbstractAsyncContextManager[tuple[Publisher, Read]]


@contextlib.asynccontextmanager
async def fake(*, reachable: bool) -> AsyncIterator[tuple[Publisher, Read]]:
    publisher = MemoryPublisher()
    publisher.reachable = reachable

    async def read(_count: int) -> list[OutRecord]:
        return publisher.records

    yield publisher, read


@pytest.fixture(params=["fake", "real"])
def opened(
    request: pytest.FixtureRequest,
) -> Callable[..., Opened]:
    if request.param == "fake":
        return fake
    broker: Broker = request.getfixturevalue("kafka_broker")
    prefix: str = request.getfixturevalue("topic_prefix")

    @contextlib.asynccontextmanager
    async def real(*, reachable: bool) -> AsyncIterator[tuple[Publisher, Read]]:
        if reachable:
            await broker.create_topics({prefix + TOPIC: 2})
        address = broker.bootstrap if reachable else f"127.0.0.1:{free_port()}"
        publisher = KafkaPublisher(KafkaSettings(address), prefix, ProducerMetrics(CollectorRegistry()))
        await publisher.start()

        async def read(count: int) -> list[OutRecord]:
            return await read_topic(broker.bootstrap, prefix, count)

        try:
            yield publisher, read
        finally:
            await publisher.stop(grace=0.1)

    return real


async def read_topic(bootstrap: str, prefix: str, count: int) -> list[OutRecord]:
    consumer = AIOKafkaConsumer(prefix + TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        records = [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
    return [
        OutRecord(record.topic.removeprefix(prefix), record.key.decode(), record.value, tuple(record.headers))
        for record in records
    ]


async def test_what_is_published_can_be_read(
    opened: Callable[..., Opened],
) -> None:
    sent = [OutRecord(TOPIC, f"service-{n}", b'{"n": %d}' % n, (("ce_id", b"%d" % n),)) for n in range(20)]
    async with opened(reachable=True) as (publisher, read):
        await publisher.check()
        await publisher.publish(sent, within=10)
        await publisher.publish([], within=10)
        got = await read(len(sent))
    assert sorted(got, key=lambda record: record.value) == sorted(sent, key=lambda record: record.value)


async def test_without_a_broker_it_says_so_in_time(
    opened: Callable[..., Opened],
) -> None:
    async with opened(reachable=False) as (publisher, _):
        with pytest.raises(BrokerUnavailableError):
            await publisher.publish([OutRecord(TOPIC, "checkout", b"{}")], within=0.3)
        with pytest.raises(BrokerUnavailableError):
            await publisher.check()
