from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import KafkaConnectionError

from bot.domain.errors import BrokerUnavailableError
from consumers.supervisor import GroupSettings, Supervisor
from tests.consumers.fake_consumer import FakeConsumer, Sums, records
from tests.consumers.test_loop import Bench
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.consumers.fake_consumer import Partition

SETTINGS = GroupSettings(start_s=1, stop_s=0.1, longest_pause_s=0.01)


async def test_a_new_consumer_takes_the_place_of_a_failed_one() -> None:
    bench = Bench()
    broken, good = FakeConsumer({}), FakeConsumer({0: records(b"1")})
    broken.fail_poll = KafkaConnectionError("gone")
    made = iter([broken, good])
    asked: list[dict[str, Any]] = []

    def make(**options: Any) -> FakeConsumer:
        asked.append(options)
        return next(made)

    supervisor = Supervisor(bench.loop, "numbers", {"bootstrap_servers": ["b:1"]}, SETTINGS, make)
    with pytest.raises(BrokerUnavailableError, match="numbers"):
        await supervisor.check()
    running = asyncio.create_task(supervisor.run(bench.stop))
    await eventually(lambda: good.commits == [{0: 1}])
    await supervisor.check()
    bench.stop.set()
    await asyncio.wait_for(running, 5)
    assert (broken.started, broken.stopped, good.stopped) == (1, 1, 1)
    assert bench.metric("tocsin_consumer_rebuilds_total") == 1
    assert asked[0]["enable_auto_commit"] is False
    assert asked[0]["auto_offset_reset"] == "earliest"
    assert asked[0]["request_timeout_ms"] > asked[0]["session_timeout_ms"] + 5_000
    assert asked[0]["fetch_max_wait_ms"] == 500


async def test_it_stops_while_it_waits_for_a_broker() -> None:
    bench = Bench()

    class Away(FakeConsumer):
        async def start(self) -> None:
            raise KafkaConnectionError("away")

    supervisor = Supervisor(
        bench.loop,
        "numbers",
        {"bootstrap_servers": ["b:1"]},
        GroupSettings(longest_pause_s=60),
        lambda **_options: Away({}),
    )
    running = asyncio.create_task(supervisor.run(bench.stop))
    await eventually(lambda: bench.metric("tocsin_consumer_rebuilds_total"))
    bench.stop.set()
    await asyncio.wait_for(running, 5)


class Hanging(FakeConsumer):
    """Never gets its part of the group."""

    async def start(self) -> None:
        self.started += 1
        await asyncio.Event().wait()


def supervised(bench: Bench, make: Callable[..., Any], settings: GroupSettings = SETTINGS) -> Supervisor[int]:
    return Supervisor(bench.loop, "numbers", {"bootstrap_servers": ["b:1"]}, settings, make)


async def test_a_start_that_hangs_is_ended_by_a_stop_at_once() -> None:
    bench, consumer = Bench(), Hanging({})
    supervisor = supervised(bench, lambda **_options: consumer, GroupSettings(start_s=60, finish_s=60))
    running = asyncio.create_task(supervisor.run(bench.stop))
    await eventually(lambda: consumer.started)
    bench.stop.set()
    await asyncio.wait_for(running, 5)
    assert consumer.stopped == 1
    assert bench.metric("tocsin_consumer_rebuilds_total") is None


async def test_a_start_that_hangs_is_given_up_for_a_new_consumer() -> None:
    bench, good = Bench(), FakeConsumer({0: records(b"1")})
    made = iter([Hanging({}), good])
    supervisor = supervised(
        bench, lambda **_options: next(made), GroupSettings(start_s=0.01, first_pause_s=0.001)
    )
    running = asyncio.create_task(supervisor.run(bench.stop))
    await eventually(lambda: good.commits == [{0: 1}])
    bench.stop.set()
    await asyncio.wait_for(running, 5)


async def test_what_is_in_hand_is_finished_before_it_ends() -> None:
    go_on = asyncio.Event()

    class Slow(Sums):
        async def __call__(self, items: Sequence[int]) -> None:
            await go_on.wait()
            await super().__call__(items)

    bench, consumer = Bench(sums=Slow()), FakeConsumer({0: records(b"1")})
    running = asyncio.create_task(supervised(bench, lambda **_options: consumer).run(bench.stop))
    await eventually(lambda: consumer.at)
    bench.stop.set()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(running, 5)
    assert (bench.sums.taken, consumer.commits) == ([[1]], [{0: 1}])


async def test_a_batch_without_an_end_is_given_up_after_a_while() -> None:
    class Endless(Sums):
        begun = False

        async def __call__(self, items: Sequence[int]) -> None:
            self.begun = True
            await asyncio.Event().wait()

    sums = Endless()
    bench, consumer = Bench(sums=sums), FakeConsumer({0: records(b"1")})
    supervisor = supervised(bench, lambda **_options: consumer, GroupSettings(finish_s=0.01))
    running = asyncio.create_task(supervisor.run(bench.stop))
    await eventually(lambda: sums.begun)
    bench.stop.set()
    await asyncio.wait_for(running, 5)
    assert (consumer.commits, consumer.stopped) == ([], 1)


async def test_a_stop_that_hangs_is_cut_off() -> None:
    class Stuck(FakeConsumer):
        async def stop(self) -> None:
            self.stopped += 1
            await asyncio.Event().wait()

    bench, consumer = Bench(), Stuck({0: records(b"1")})
    running = asyncio.create_task(supervised(bench, lambda **_options: consumer).run(bench.stop))
    await eventually(lambda: consumer.commits)
    bench.stop.set()
    await asyncio.wait_for(running, 5)
    assert consumer.stopped == 1


async def test_a_cancellation_closes_the_consumer() -> None:
    bench, consumer = Bench(), FakeConsumer({0: []})
    running = asyncio.create_task(supervised(bench, lambda **_options: consumer).run(bench.stop))
    await eventually(lambda: consumer.started)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert consumer.stopped == 1


async def test_an_error_nobody_foresaw_is_told_and_waited_out() -> None:
    bench, good = Bench(), FakeConsumer({0: records(b"1")})

    paused = False

    class Odd(FakeConsumer):
        def pause(self, *partitions: Partition) -> None:
            nonlocal paused
            paused = True
            raise AssertionError("within the library")

    made = iter([Odd({0: []}), good])

    async def room() -> bool:
        return paused

    bench.loop.may_go_on = room
    running = asyncio.create_task(supervised(bench, lambda **_options: next(made)).run(bench.stop))
    await eventually(lambda: good.commits == [{0: 1}])
    bench.stop.set()
    await asyncio.wait_for(running, 5)
    assert bench.metric("tocsin_consumer_rebuilds_total") == 1


async def test_a_rebalance_is_not_ready_and_its_end_is() -> None:
    bench, consumer = Bench(), FakeConsumer({0: []})
    supervisor = supervised(bench, lambda **_options: consumer)
    running = asyncio.create_task(supervisor.run(bench.stop))
    await eventually(lambda: supervisor.assigned)
    await consumer.listener.on_partitions_revoked(consumer.assignment())
    with pytest.raises(BrokerUnavailableError, match="not a member"):
        await supervisor.check()
    await consumer.listener.on_partitions_assigned(frozenset())
    await supervisor.check()
    bench.stop.set()
    await asyncio.wait_for(running, 5)
    assert not supervisor.assigned


async def test_pauses_grow_with_failures_and_begin_anew_after_a_consumer_that_worked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fifth consumer works for longer than the longest pause before it fails."""
    bench, now, made, pauses = Bench(), [0.0], itertools.count(1), []

    class Failing(FakeConsumer):
        async def start(self) -> None:
            now[0] += 100 if next(made) == 5 else 0
            raise KafkaConnectionError("away")

    async def either(stop: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 7:
            stop.set()

    monkeypatch.setattr("consumers.supervisor.either", either)
    supervisor = supervised(bench, lambda **_options: Failing({}), GroupSettings(longest_pause_s=2))
    supervisor.clock = lambda: now[0]
    supervisor.jitter = lambda: 1.0
    await supervisor.run(bench.stop)
    assert pauses == pytest.approx([0.4, 0.8, 1.6, 2, 0.4, 0.8, 1.6])
