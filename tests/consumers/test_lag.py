from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import IllegalStateError, KafkaConnectionError
from prometheus_client import CollectorRegistry

from bot.domain.errors import BrokerUnavailableError
from consumers.lag import Lag
from consumers.metrics import ConsumerMetrics
from tests.consumers.fake_consumer import FakeConsumer, Partition, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.clock = Clock()
        self.lag = Lag(ConsumerMetrics(self.registry).lag_records.labels("numbers"), 5, 1, self.clock)

    @property
    def shown(self) -> float | None:
        return self.registry.get_sample_value("tocsin_consumer_lag_records", {"component": "numbers"})


async def test_it_is_what_all_assigned_partitions_still_hold() -> None:
    bench = Bench()
    consumer = FakeConsumer({0: records(b"1", b"2", b"3"), 1: records(b"4", partition=1), 2: []})
    consumer.at = {0: 1}
    assert await bench.lag.behind(consumer) == 3
    assert bench.shown == 3
    assert await bench.lag.behind(FakeConsumer({})) == 0
    assert bench.shown == 0


async def test_it_is_looked_at_now_and_then() -> None:
    bench = Bench()
    consumer = FakeConsumer({0: records(b"1")})
    await bench.lag.look(consumer)
    assert bench.shown == 1
    consumer.at = {0: 1}
    bench.clock.now += 4.9
    await bench.lag.look(consumer)
    assert bench.shown == 1
    bench.clock.now += 0.1
    await bench.lag.look(consumer)
    assert bench.shown == 0


async def test_a_partition_that_a_rebalance_took_is_not_counted() -> None:
    class Lost(FakeConsumer):
        async def position(self, partition: Partition) -> int:
            if partition.partition == 0:
                raise IllegalStateError("Partition is not assigned")
            return await super().position(partition)

    bench = Bench()
    assert await bench.lag.behind(Lost({0: records(b"1"), 1: records(b"2", partition=1)})) == 1


async def test_a_broker_that_is_gone_shows() -> None:
    class Away(FakeConsumer):
        async def end_offsets(self, partitions: Sequence[Partition]) -> Mapping[Any, int]:
            raise KafkaConnectionError("gone")

    bench = Bench()
    with pytest.raises(BrokerUnavailableError, match="look at the ends"):
        await bench.lag.look(Away({0: []}))
