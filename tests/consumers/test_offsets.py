"""Offsets travel one commit at a time, and what ends meanwhile goes with the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiokafka.errors import CommitFailedError, KafkaConnectionError

from bot.domain.errors import BrokerUnavailableError
from consumers.offsets import Offsets

if TYPE_CHECKING:
    from consumers.component import Consumer, Record


@dataclass
class Broker:
    """Answers a commit when `answer` is set, with `fails` if that is given."""

    answer: asyncio.Event = field(default_factory=asyncio.Event)
    fails: Exception | None = None
    asked: list[dict[str, int]] = field(default_factory=list)

    async def commit(self, offsets: dict[str, int]) -> None:
        self.asked.append(offsets)
        await self.answer.wait()
        if self.fails is not None:
            raise self.fails


@dataclass(frozen=True)
class At:
    offset: int


def upto(**offsets: int) -> dict[Any, list[Record]]:
    return {partition: [cast("Record", At(offset))] for partition, offset in offsets.items()}


async def sent(offsets: Offsets, broker: Broker, told: list[str], name: str, **upto_: int) -> None:
    await offsets.send(cast("Consumer", broker), upto(**upto_), lambda: told.append(name))
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_what_ends_while_a_commit_is_on_its_way_goes_with_the_next() -> None:
    broker, told = Broker(), list[str]()
    offsets = Offsets("alerts", 5.0)
    await sent(offsets, broker, told, "first", a=4, b=7)
    await sent(offsets, broker, told, "second", a=5)
    await sent(offsets, broker, told, "third", a=9, c=0)
    assert (broker.asked, told) == ([{"a": 5, "b": 8}], [])
    broker.answer.set()
    await offsets.arrive()
    assert broker.asked == [{"a": 5, "b": 8}, {"a": 10, "c": 1}]
    assert told == ["first", "second", "third"]


async def test_the_next_commit_waits_a_moment_for_company() -> None:
    broker, told = Broker(), list[str]()
    broker.answer.set()
    offsets = Offsets("alerts", 5.0, apart_s=3600.0)
    await sent(offsets, broker, told, "first", a=4)
    await sent(offsets, broker, told, "second", a=5)
    await sent(offsets, broker, told, "third", a=6)
    assert (broker.asked, told) == ([{"a": 5}], ["first"])
    await offsets.arrive()  # nobody waits for what is to come when the end has come
    assert (broker.asked, told) == ([{"a": 5}, {"a": 7}], ["first", "second", "third"])


async def test_a_moment_later_it_goes_by_itself() -> None:
    broker, told = Broker(), list[str]()
    broker.answer.set()
    offsets = Offsets("alerts", 5.0, apart_s=0.001)
    await sent(offsets, broker, told, "first", a=4)
    all_told = asyncio.Event()
    await offsets.send(cast("Consumer", broker), upto(a=5), all_told.set)
    await asyncio.wait_for(all_told.wait(), 5)
    assert broker.asked == [{"a": 5}, {"a": 6}]


async def test_a_refusal_leaves_the_records_to_come_again() -> None:
    broker, told = Broker(fails=CommitFailedError("rebalanced")), list[str]()
    broker.answer.set()
    offsets = Offsets("alerts", 5.0)
    await sent(offsets, broker, told, "first", a=4)
    await offsets.arrive()
    broker.fails = None
    await sent(offsets, broker, told, "again", a=4)
    await offsets.arrive()
    assert told == ["again"]


@pytest.mark.parametrize("notice", ["look", "send", "arrive"])
async def test_a_failure_is_told_at_the_next_occasion(notice: str) -> None:
    broker, told = Broker(fails=KafkaConnectionError("gone")), list[str]()
    broker.answer.set()
    offsets = Offsets("alerts", 5.0)
    await sent(offsets, broker, told, "first", a=4)
    journey = offsets._journey
    assert journey is not None
    await asyncio.wait({journey})
    with pytest.raises(BrokerUnavailableError, match="commit"):
        await (sent(offsets, broker, told, "x", a=9) if notice == "send" else getattr(offsets, notice)())
    assert told == []


async def test_giving_up_leaves_nothing_behind() -> None:
    broker, told = Broker(), list[str]()
    offsets = Offsets("alerts", 5.0)
    await sent(offsets, broker, told, "first", a=4)
    await sent(offsets, broker, told, "second", a=5)
    await offsets.give_up()
    broker.answer.set()
    await offsets.look()
    await offsets.arrive()
    await offsets.give_up()
    assert (broker.asked, told) == ([{"a": 5}], [])
