from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import CollectorRegistry

from bot.domain.errors import BrokerUnavailableError
from consumers.metrics import ConsumerMetrics
from consumers.pause import Pause, either
from tests.consumers.fake_consumer import FakeConsumer, records


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def pause(registry: CollectorRegistry) -> Pause:
    return Pause(0, ConsumerMetrics(registry).paused.labels("numbers"), 1)


def shown(registry: CollectorRegistry) -> float | None:
    return registry.get_sample_value("tocsin_consumer_paused", {"component": "numbers"})


async def test_a_pause_polls_what_it_paused_and_takes_nothing_from_it(
    pause: Pause, registry: CollectorRegistry
) -> None:
    consumer = FakeConsumer({0: records(b"1")})
    await pause.wait(consumer, 0, asyncio.Event())
    assert (consumer.paused, consumer.at, pause.held, shown(registry)) == ({0}, {}, True, 1)
    pause.end(consumer)
    assert (consumer.paused, pause.held, shown(registry)) == (set(), False, 0)


async def test_what_is_assigned_during_a_pause_loses_nothing_to_its_poll(pause: Pause) -> None:
    class Rebalanced(FakeConsumer):
        def pause(self, *partitions: object) -> None:
            super().pause(*partitions)  # type: ignore[arg-type]  # the fake's partitions
            self.partitions[2] = records(b"2", partition=2)

    consumer = Rebalanced({0: records(b"1")})
    await pause.wait(consumer, 0, asyncio.Event())
    assert (consumer.paused, consumer.at) == ({0}, {})


async def test_a_consumer_without_partitions_only_waits(pause: Pause) -> None:
    consumer = FakeConsumer({}, fail_poll=KafkaConnectionError("not asked"))
    await pause.wait(consumer, 0, asyncio.Event())
    assert pause.held


async def test_it_goes_on_with_the_partitions_that_are_ours_then(pause: Pause) -> None:
    consumer = FakeConsumer({0: [], 2: []})
    await pause.wait(consumer, 0, asyncio.Event())
    del consumer.partitions[0]
    resumed: list[int] = []
    consumer.resume = lambda *parts: resumed.extend(p.partition for p in parts)  # type: ignore[method-assign]  # watched
    pause.end(consumer)
    pause.end(consumer)
    assert resumed == [2]


async def test_a_broken_consumer_shows(pause: Pause, registry: CollectorRegistry) -> None:
    consumer = FakeConsumer({0: []}, fail_poll=KafkaConnectionError("gone"))
    with pytest.raises(BrokerUnavailableError, match="poll"):
        await pause.wait(consumer, 0, asyncio.Event())
    pause.forget()
    assert (pause.held, shown(registry)) == (False, 0)


async def test_a_stop_ends_the_wait(pause: Pause) -> None:
    stop = asyncio.Event()
    stop.set()
    await asyncio.wait_for(pause.wait(FakeConsumer({}), 60, stop), 5)
    await asyncio.wait_for(either(asyncio.Event(), 0.001), 5)
