"""The consumers on the broker and on PostgreSQL, with the real use case between them."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from prometheus_client import CollectorRegistry

from bot.app.ports import IncidentFilter
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import ALERTS_TOPIC, encode_alert
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import KafkaPublisher
from bot.kafka.security import KafkaSettings, client_options
from bot.kafka.topics import dead_letter_topic, group_name
from bot.store.unit_of_work import PostgresStore
from consumers.alerts import alerts
from consumers.loop import ConsumerLoop, LoopSettings
from consumers.metrics import ConsumerMetrics
from consumers.supervisor import GroupSettings, Supervisor
from tests.app.conftest import alert_intake
from tests.store.conftest import migrated_template
from tests.support.facts import alert_event
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from bot.domain.alert import AlertEvent
    from bot.domain.incident import Incident
    from consumers.component import Record
    from tests.support.kafka import ApacheKafka, Broker
    from tests.support.postgres import PostgresServer

SETTINGS = LoopSettings(batch_records=50, poll_s=0.05, first_pause_s=0.02, longest_pause_s=0.2)


async def room() -> bool:
    return True


@dataclass
class Flow:
    """An alerts topic with consumers of one group over one database."""

    broker: Broker
    prefix: str
    database: str
    partitions: int = 1
    registries: list[CollectorRegistry] = field(default_factory=list)
    settings: LoopSettings = SETTINGS

    @property
    def topic(self) -> str:
        return self.prefix + ALERTS_TOPIC

    @property
    def dead_letters(self) -> str:
        return dead_letter_topic(self.topic, group_name(self.prefix, "alerts"))

    async def create(self, partitions: int = 6) -> None:
        self.partitions = partitions
        await self.broker.create_topics({self.topic: partitions, self.dead_letters: 1})

    async def produce(self, events: Iterable[AlertEvent], *raw: bytes) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.broker.bootstrap)
        await producer.start()
        # Not by key: a fault that comes over every partition is the harder case.
        for number, event in enumerate(events):
            record = encode_alert(event)
            partition = number % self.partitions
            await producer.send(self.topic, record.value, headers=list(record.headers), partition=partition)
        for value in raw:
            await producer.send(self.topic, value)
        await producer.stop()

    @contextlib.asynccontextmanager
    async def consuming(self, store: PostgresStore) -> AsyncIterator[Supervisor[AlertEvent]]:
        """One more consumer, with an intake of its own as in another process."""
        registry = CollectorRegistry()
        self.registries.append(registry)
        metrics = ConsumerMetrics(registry)
        settings = KafkaSettings(self.broker.bootstrap)
        publisher = KafkaPublisher(settings, self.prefix, ProducerMetrics(registry))
        await publisher.start()
        intake = alert_intake(store, RuleSet([DEFAULT_RULE]))
        loop = ConsumerLoop(
            alerts(intake, LabelPolicy(), metrics),
            group_name(self.prefix, "alerts"),
            publisher,
            metrics,
            room,
            self.settings,
        )
        supervisor = Supervisor(
            loop, self.topic, client_options(settings), GroupSettings(session_s=6.0, request_s=12.0)
        )
        stop = asyncio.Event()
        running = asyncio.create_task(supervisor.run(stop))
        try:
            yield supervisor
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)
            await publisher.stop(0.1)

    def consumed(self) -> list[int]:
        """How many records each consumer has committed."""
        return self.counted("tocsin_consumed_records_total")

    def counted(self, metric: str) -> list[int]:
        """A metric of each consumer."""
        labels = {"component": "alerts"}
        return [int(one.get_sample_value(metric, labels) or 0) for one in self.registries]

    async def read_dead_letters(self) -> list[Record]:
        consumer = AIOKafkaConsumer(
            self.dead_letters, bootstrap_servers=self.broker.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            by_partition = await consumer.getmany(timeout_ms=1000)
        finally:
            await consumer.stop()
        return [record for part in by_partition.values() for record in part]


async def incidents(store: PostgresStore) -> list[Incident]:
    async with store.begin() as uow:
        views, _ = await uow.incidents.list(IncidentFilter(limit=1000))
    return [view.incident for view in views]


@pytest.fixture
def flow(kafka_broker: Broker, topic_prefix: str, migrated_url: str) -> Flow:
    return Flow(kafka_broker, topic_prefix, migrated_url)


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[PostgresStore]:
    made = PostgresStore(migrated_url)
    yield made
    await made.close()


def fault(environment: str, services: Iterable[str] = ("web", "checkout", "db")) -> list[AlertEvent]:
    """Alerts of several services that are one fault."""
    return [
        alert_event(f"{environment}-{service}-{n}", service=service, environment=environment, at=n)
        for n in range(4)
        for service in services
    ]


async def test_two_consumers_open_one_incident_for_a_fault_of_several_services(
    flow: Flow, store: PostgresStore, real_kafka: ApacheKafka
) -> None:
    await flow.create()
    other = PostgresStore(flow.database)
    async with flow.consuming(store) as first, flow.consuming(other) as second:
        await eventually(lambda: first.assigned and second.assigned, within=30)
        for round_number in range(5):
            environments = [f"env-{round_number}-{n}" for n in range(6)]
            events = [event for environment in environments for event in fault(environment)]
            await flow.produce(events)
        await eventually(lambda: sum(flow.consumed()) >= 30 * 12, within=30, what="all was consumed")
    assert all(flow.consumed())
    opened = await incidents(store)
    wanted = {f"env-{r}-{n}" for r in range(5) for n in range(6)}
    assert (len(opened), {one.environment for one in opened}) == (len(wanted), wanted)
    assert {one.firing for one in opened} == {12}
    await other.close()


async def test_poison_goes_to_the_dead_letters_and_keeps_nothing_out(
    flow: Flow, store: PostgresStore
) -> None:
    await flow.create(1)
    await flow.produce(fault("production"), b"poison", b'{"status": "firing"}')
    await flow.produce(fault("staging"))
    async with flow.consuming(store):
        await eventually(lambda: sum(flow.consumed()) == 26, within=30)
    assert {one.environment for one in await incidents(store)} == {"production", "staging"}
    garbled, incomplete = await flow.read_dead_letters()
    assert (garbled.value, incomplete.value) == (b"poison", b'{"status": "firing"}')
    told = {name: value.decode() for name, value in incomplete.headers}
    assert "`labels`" in told.pop("dlq-error")
    assert told == {
        "dlq-topic": flow.topic,
        "dlq-partition": "0",
        "dlq-offset": "13",
        "dlq-timestamp": told["dlq-timestamp"],
        "dlq-error-class": "InvalidInputError",
        "dlq-attempts": "1",
    }


async def test_an_outage_of_the_database_loses_nothing_and_blames_nobody(
    kafka_broker: Broker, topic_prefix: str, own_postgres: PostgresServer
) -> None:
    url = own_postgres.create_database(await asyncio.to_thread(migrated_template, own_postgres))
    flow = Flow(kafka_broker, topic_prefix, url)
    await flow.create(2)
    store = PostgresStore(url)
    async with flow.consuming(store):
        await flow.produce(fault("before"))
        await eventually(lambda: sum(flow.consumed()) == 12, within=30)
        await asyncio.to_thread(own_postgres.kill)
        await flow.produce(fault("during"))
        retries = "tocsin_consumer_retries_total"
        await eventually(
            lambda: (flow.registries[0].get_sample_value(retries, {"component": "alerts"}) or 0) > 2,
            within=30,
        )
        await asyncio.to_thread(own_postgres.start)
        await eventually(lambda: sum(flow.consumed()) == 24, within=30)
    assert {one.environment: one.firing for one in await incidents(store)} == {"before": 12, "during": 12}
    await store.close()
    assert await flow.read_dead_letters() == []


async def test_records_that_come_again_count_once(flow: Flow, store: PostgresStore) -> None:
    await flow.create(2)
    await flow.produce(fault("production"))
    async with flow.consuming(store):
        await eventually(lambda: sum(flow.consumed()) == 12, within=30)
    await flow.produce(fault("production"))
    async with flow.consuming(store):
        await eventually(lambda: sum(flow.consumed()) == 24, within=30)
    (incident,) = await incidents(store)
    assert incident.firing == 12
    connection = await asyncpg.connect(flow.database)
    assert await connection.fetchval("SELECT count(*) FROM events") == 12
    await connection.close()
