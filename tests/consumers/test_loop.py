from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import CommitFailedError, KafkaConnectionError
from prometheus_client import CollectorRegistry

from bot.domain.errors import BrokerUnavailableError, StoreUnavailableError
from consumers.batch import UNFORESEEN_ATTEMPTS
from consumers.dead_letters import AT_ONCE
from consumers.loop import ConsumerLoop, LoopSettings
from consumers.metrics import ConsumerMetrics
from tests.consumers.fake_consumer import FakeConsumer, FakeRecord, Sums, component, records
from tests.kafka.memory import MemoryPublisher
from tests.support.spans import SENDER, TRACE, Spans, about, failed, trace_of
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.app.ports import OutRecord
    from consumers.component import Record
    from tests.consumers.fake_consumer import Partition

FAST = LoopSettings(
    batch_records=2, poll_s=0.01, call_s=1, publish_s=0.05, first_pause_s=0.001, longest_pause_s=0.002,
    look_at_outbox_s=0.001, look_at_lag_s=0.001,
)  # fmt: skip


class Bench:
    """A loop with everything around it faked."""

    def __init__(self, *partitions: Any, sums: Sums | None = None) -> None:
        self.sums = sums or Sums()
        self.consumer = FakeConsumer(dict(enumerate(partitions)))
        self.publisher = MemoryPublisher()
        self.registry = CollectorRegistry()
        self.room = True
        self.done: list[int] = []
        self.stop = asyncio.Event()
        self.loop = ConsumerLoop(
            component(self.sums),
            "sums",
            self.publisher,
            ConsumerMetrics(self.registry),
            self._has_room,
            FAST,
            committed=lambda record: self.done.append(record.offset),
        )

    async def _has_room(self) -> bool:
        return self.room

    @contextlib.asynccontextmanager
    async def running(self, *, drain: bool = False) -> AsyncIterator[None]:
        running = asyncio.create_task(self.loop.run(self.consumer, self.stop, drain=drain))
        try:
            yield
        finally:
            self.stop.set()
            await asyncio.wait_for(running, 5)

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(name, {"component": "numbers"})


async def test_everything_is_taken_in_and_its_offsets_committed_after_it() -> None:
    bench = Bench(records(b"1", b"2", b"3"), records(b"10", partition=1))
    async with bench.running():
        await eventually(lambda: bench.consumer.commits[-1:] == [{0: 3}])
        await eventually(lambda: bench.metric("tocsin_consumer_lag_records") == 0)
    assert sorted(bench.sums.numbers) == [1, 2, 3, 10]
    assert bench.consumer.commits == [{0: 2, 1: 1}, {0: 3}]
    assert sorted(bench.done) == [0, 0, 1, 2]
    assert bench.metric("tocsin_consumed_records_total") == 4


class OneByOne(FakeConsumer):
    """A broker that hands out one record a fetch, as the embedded one does."""

    async def getmany(
        self, *partitions: Partition, timeout_ms: int, max_records: int
    ) -> Mapping[Partition, Sequence[Record]]:
        return await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=min(1, max_records))


@pytest.mark.parametrize(("gather_s", "batches"), [(0.0, 5), (0.001, 2)])
async def test_what_comes_one_by_one_is_gathered_to_batches(gather_s: float, batches: int) -> None:
    bench = Bench()
    bench.consumer = OneByOne({0: records(b"1", b"2", b"3", b"4", b"5")})
    bench.loop.settings = replace(FAST, batch_records=4, gather_s=gather_s)
    async with bench.running():
        await eventually(lambda: bench.consumer.commits[-1:] == [{0: 5}])
    assert bench.sums.numbers == [1, 2, 3, 4, 5]
    assert len(bench.sums.taken) == batches


async def test_an_outage_is_waited_out_with_the_partitions_paused() -> None:
    away = True
    sums = Sums(fail=lambda _items: StoreUnavailableError("away") if away else None)
    bench = Bench(records(b"1", b"2", b"3"), sums=sums)
    async with bench.running():
        await eventually(lambda: bench.consumer.paused == {0})
        await eventually(lambda: (bench.metric("tocsin_consumer_retries_total") or 0) > 3)
        assert (bench.consumer.commits, bench.metric("tocsin_consumer_paused")) == ([], 1)
        away = False
        await eventually(lambda: bench.consumer.commits[-1:] == [{0: 3}])
    assert (sums.numbers, bench.consumer.paused, bench.publisher.records) == ([1, 2, 3], set(), [])
    assert bench.metric("tocsin_consumer_paused") == 0


async def test_a_dead_letter_is_acknowledged_before_its_offset_is_committed() -> None:
    bench = Bench(records(b"1", b"poison"))
    bench.publisher.reachable = False
    async with bench.running():
        await eventually(lambda: (bench.metric("tocsin_consumer_retries_total") or 0) > 1)
        assert bench.consumer.commits == []
        bench.publisher.reachable = True
        await eventually(lambda: bench.consumer.commits == [{0: 2}])
    (letter,) = bench.publisher.records
    assert (letter.topic, letter.value) == ("numbers.sums.dlq", b"poison")
    assert bench.sums.taken == [[1]]
    assert bench.metric("tocsin_dead_letters_total") == 1


async def test_a_full_outbox_holds_it_back() -> None:
    bench = Bench(records(b"1"))
    bench.room = False
    async with bench.running():
        await eventually(lambda: bench.consumer.paused == {0})
        assert bench.sums.taken == []
        bench.room = True
        await eventually(lambda: bench.sums.taken == [[1]])
        await eventually(lambda: bench.consumer.paused == set())


async def test_a_lost_partition_is_no_failure() -> None:
    bench = Bench(records(b"1"))
    bench.consumer.refuse_commit = CommitFailedError("rebalanced")
    async with bench.running():
        await eventually(lambda: bench.sums.taken == [[1]])
        bench.consumer.refuse_commit = None
        bench.consumer.partitions[0] += records(b"2", start=1)
        await eventually(lambda: bench.consumer.commits == [{0: 2}])
    assert bench.done == [1]


async def test_what_is_there_is_drained_where_that_is_asked_for() -> None:
    bench = Bench(records(*(b"%d" % n for n in range(9))))
    bench.stop.set()
    async with bench.running(drain=True):
        pass
    assert bench.sums.numbers == list(range(9))
    assert bench.consumer.commits[-1] == {0: 9}


async def test_a_drain_begins_with_the_end_of_a_pause() -> None:
    bench = Bench(records(*(b"%d" % n for n in range(5))))
    bench.room = False
    async with bench.running(drain=True):
        await eventually(lambda: bench.consumer.paused == {0})
    assert bench.consumer.commits[-1] == {0: 5}
    assert bench.consumer.paused == set()


async def test_a_drain_waits_an_outage_out() -> None:
    failures = iter([StoreUnavailableError("away")] * 3)
    bench = Bench(records(b"1", b"2", b"3"), sums=Sums(fail=lambda _items: next(failures, None)))
    bench.stop.set()
    async with bench.running(drain=True):
        pass
    assert (bench.sums.numbers, bench.metric("tocsin_consumer_retries_total")) == ([1, 2, 3], 3)


async def test_a_bug_is_retried_then_blamed_on_its_record_and_the_others_are_taken_in() -> None:
    bench = Bench(
        records(b"1", b"2", b"3"), sums=Sums(fail=lambda items: KeyError("bug") if 2 in items else None)
    )
    async with bench.running():
        await eventually(lambda: bench.consumer.commits[-1:] == [{0: 3}])
    (letter,) = bench.publisher.records
    told = dict(letter.headers)
    assert (letter.value, told["dlq-error-class"], told["dlq-attempts"]) == (b"2", b"KeyError", b"6")
    assert bench.sums.numbers == [1, 3]
    assert bench.metric("tocsin_consumer_retries_total") == UNFORESEEN_ATTEMPTS - 1


async def test_letters_that_were_acknowledged_are_not_sent_again() -> None:
    bench = Bench(records(*[b"poison"] * (AT_ONCE + 5)))
    bench.loop.settings = replace(FAST, batch_records=1_000)

    class Breaking(MemoryPublisher):
        async def publish(self, records: Sequence[OutRecord], within: float) -> None:
            await super().publish(records, within)
            self.reachable = not self.reachable

    bench.loop.publisher = bench.publisher = breaking = Breaking()
    async with bench.running():
        await eventually(lambda: (bench.metric("tocsin_consumer_retries_total") or 0) > 1)
        breaking.reachable = True
        await eventually(lambda: bench.consumer.commits == [{0: AT_ONCE + 5}])
    assert len(breaking.records) == AT_ONCE + 5
    assert bench.metric("tocsin_dead_letters_total") == AT_ONCE + 5


async def test_an_outbox_that_cannot_be_asked_holds_nothing_back() -> None:
    bench = Bench(records(b"1"))

    async def away() -> bool:
        raise StoreUnavailableError("away")

    bench.loop.may_go_on = away
    async with bench.running():
        await eventually(lambda: bench.sums.taken == [[1]])


async def test_the_outbox_is_asked_once_in_a_while() -> None:
    bench = Bench(records(*(b"%d" % n for n in range(50))))
    bench.loop.settings = replace(FAST, look_at_outbox_s=60)
    asked: list[bool] = []

    async def ask() -> bool:
        asked.append(True)
        return True

    bench.loop.may_go_on = ask
    async with bench.running():
        await eventually(lambda: len(bench.done) == 50)
    assert asked == [True]


async def test_the_lag_is_looked_at_while_the_database_is_away() -> None:
    away = True
    bench = Bench(
        records(b"1"), sums=Sums(fail=lambda _items: StoreUnavailableError("away") if away else None)
    )
    async with bench.running():
        await eventually(lambda: bench.consumer.paused == {0})
        bench.consumer.partitions[0] += records(b"2", b"3", start=1)
        await eventually(lambda: bench.metric("tocsin_consumer_lag_records") == 2)
        away = False
        await eventually(lambda: len(bench.done) == 3)


async def test_a_loop_that_ends_is_paused_no_more() -> None:
    bench = Bench(records(b"1"))
    bench.room = False
    async with bench.running():
        await eventually(lambda: (bench.metric("tocsin_consumer_paused") or 0) > 0)
    assert bench.metric("tocsin_consumer_paused") == 0


@pytest.mark.parametrize("what", ["poll", "commit"])
async def test_a_broken_consumer_is_given_up(what: str) -> None:
    bench = Bench(records(b"1"))
    if what == "poll":
        bench.consumer.fail_poll = KafkaConnectionError("gone")
    else:
        bench.consumer.refuse_commit = KafkaConnectionError("gone")
    with pytest.raises(BrokerUnavailableError, match=what):
        await bench.loop.run(bench.consumer, bench.stop)


async def test_a_stop_ends_the_wait_for_the_database() -> None:
    bench = Bench(records(b"1"), sums=Sums(fail=lambda _items: StoreUnavailableError("away")))
    with pytest.raises(BrokerUnavailableError, match="stopped"):
        async with bench.running():
            await eventually(lambda: (bench.metric("tocsin_consumer_retries_total") or 0) > 0)
    assert bench.consumer.commits == []


async def test_each_attempt_at_a_batch_is_a_span() -> None:
    away = True
    spans, sums = Spans(), Sums(fail=lambda _items: StoreUnavailableError("away") if away else None)
    first = FakeRecord(b"1", 0, headers=(("traceparent", SENDER.encode()),))
    bench = Bench([first, FakeRecord(b"poison", 1)], sums=sums)
    bench.loop.tracer = spans.tracer
    async with bench.running():
        await eventually(spans.names)
        away = False
        await eventually(lambda: bench.consumer.commits[-1:] == [{0: 2}])
    failure, *_, success = spans.all("process numbers")
    assert about(failure)["error.type"] == "StoreUnavailableError"
    assert not failed(success)
    assert {trace_of(failure), trace_of(success)} == {TRACE}
    assert (
        about(success).items()
        >= {
            "messaging.destination.name": "numbers",
            "messaging.consumer.group.name": "sums",
            "messaging.batch.message_count": 2,
        }.items()
    )
