"""Members come and go, and so does the broker: on real Kafka and PostgreSQL nothing is lost or twice."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from bot.domain.errors import BrokerUnavailableError
from bot.kafka.topics import group_name
from bot.store.unit_of_work import PostgresStore
from tests.consumers.test_taking_in import SETTINGS, Flow, fault, incidents
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.kafka import ApacheKafka, KafkaBroker

RETRIES = "tocsin_consumer_retries_total"


@pytest.fixture
def flow(real_kafka: ApacheKafka, topic_prefix: str, migrated_url: str) -> Flow:
    return Flow(real_kafka, topic_prefix, migrated_url)


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[PostgresStore]:
    made = PostgresStore(migrated_url)
    yield made
    await made.close()


async def firing(store: PostgresStore) -> dict[str, int]:
    """By environment: the alerts that fire in its only incident."""
    opened = await incidents(store)
    by_environment = {one.environment: one.firing for one in opened}
    assert len(by_environment) == len(opened), "a fault opened two incidents"
    return by_environment


async def taken_in(store: PostgresStore, wanted: dict[str, int]) -> None:
    async def all_there() -> bool:
        return await firing(store) == wanted

    await eventually(all_there, within=30, what=f"{len(wanted)} faults are taken in")


async def committed(flow: Flow) -> int:
    """The sum of the group's offsets."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=flow.broker.bootstrap,
        group_id=group_name(flow.prefix, "alerts"),
        enable_auto_commit=False,
    )
    await reader.start()
    try:
        parts = [TopicPartition(flow.topic, number) for number in range(flow.partitions)]
        return sum([await reader.committed(part) or 0 for part in parts])
    finally:
        await reader.stop()


async def test_a_consumer_that_joins_shares_the_work_and_opens_nothing_twice(
    flow: Flow, store: PostgresStore
) -> None:
    await flow.create()
    other = PostgresStore(flow.database)
    async with flow.consuming(store) as first:
        await flow.produce(event for n in range(5) for event in fault(f"env-{n}"))
        await eventually(lambda: first.assigned, within=30)
        async with flow.consuming(other) as second:
            # Faults arrive all through the rebalance.
            async with contextlib.AsyncExitStack() as stack:
                stack.push_async_callback(eventually, lambda: first.assigned and second.assigned, within=30)
                for n in range(5, 15):
                    await flow.produce(fault(f"env-{n}"))
            for n in range(15, 20):
                await flow.produce(fault(f"env-{n}"))
            await taken_in(store, {f"env-{n}": 12 for n in range(20)})
            await eventually(lambda: all(flow.consumed()), what="both have worked")
        await flow.produce(fault("env-20"))
        await taken_in(store, {f"env-{n}": 12 for n in range(21)})
    await other.close()


async def test_a_new_consumer_reads_nothing_twice(flow: Flow, store: PostgresStore) -> None:
    await flow.create(3)
    await flow.produce(fault("first"))
    async with flow.consuming(store):
        await eventually(lambda: flow.consumed() == [12], within=30)
    assert await committed(flow) == 12
    await flow.produce(fault("second"))
    async with flow.consuming(store):
        await taken_in(store, {"first": 12, "second": 12})
        await eventually(lambda: flow.consumed() == [12, 12])
    assert await committed(flow) == 24


async def test_a_stop_while_the_database_is_away_is_soon_and_loses_nothing(
    flow: Flow, store: PostgresStore
) -> None:
    await flow.create(2)
    nowhere = PostgresStore("postgresql://nobody@127.0.0.1:1/nothing")
    async with flow.consuming(nowhere):
        await flow.produce(fault("production"))
        await eventually(lambda: flow.counted(RETRIES)[0] > 1, within=30)
    await nowhere.close()
    assert await committed(flow) == 0
    async with flow.consuming(store):
        await taken_in(store, {"production": 12})
    assert await flow.read_dead_letters() == []


async def test_a_broker_that_is_killed_and_comes_back_brings_everything_once(
    own_kafka: KafkaBroker, topic_prefix: str, store: PostgresStore, migrated_url: str
) -> None:
    watchful = replace(SETTINGS, look_at_lag_s=0.5, call_s=2.0)
    flow = Flow(own_kafka, topic_prefix, migrated_url, settings=watchful)
    await flow.create(2)
    async with flow.consuming(store) as supervisor:
        await flow.produce(fault("before"))
        await taken_in(store, {"before": 12})
        await flow.produce(fault("across"))
        await asyncio.to_thread(own_kafka.kill)

        async def gone() -> bool:
            try:
                await supervisor.check()
            except BrokerUnavailableError:
                return True
            return False

        await eventually(gone, within=30, what="the consumer knows that its broker is gone")
        await asyncio.to_thread(own_kafka.start)
        await flow.produce(fault("after"))
        await taken_in(store, {"before": 12, "across": 12, "after": 12})
        await eventually(lambda: supervisor.assigned, within=30)
    assert await committed(flow) == 36
    assert await flow.read_dead_letters() == []
