from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from bot.domain.errors import BrokerUnavailableError
from consumers.bounded import bounded
from consumers.supervisor import GroupSettings, Supervisor
from tests.consumers.fake_consumer import FakeConsumer, records
from tests.consumers.test_loop import Bench
from tests.support.waiting import eventually

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


async def test_calls_that_hang_or_are_cancelled_from_inside_are_failures() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(BrokerUnavailableError, match="no answer"):
        await bounded(asyncio.Event().wait(), 0.01, "stop")
    with pytest.raises(BrokerUnavailableError, match="cancelled"):
        await bounded(cancelled(), 1, "stop")


async def test_a_cancellation_of_ours_is_one() -> None:
    waiting = asyncio.create_task(bounded(asyncio.Event().wait(), 10, "poll"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
