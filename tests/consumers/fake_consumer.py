"""A stand-in for aiokafka's consumer: partitions are lists, and what it was asked to do can be looked at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.domain.errors import InvalidInputError
from consumers.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from consumers.component import Record


class Partition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True)
class FakeRecord:
    value: bytes | None
    offset: int
    partition: int = 0
    topic: str = "numbers"
    timestamp: int = 1_700_000_000_000
    key: bytes | None = b"key"
    headers: Sequence[tuple[str, bytes]] = (("ce_id", b"1"),)


def records(*values: bytes | None, partition: int = 0, start: int = 0) -> list[FakeRecord]:
    return [FakeRecord(value, start + n, partition) for n, value in enumerate(values)]


@dataclass
class FakeConsumer:
    """Gives what is left of each partition that is not paused."""

    partitions: dict[int, list[FakeRecord]]
    commits: list[dict[int, int]] = field(default_factory=list)
    paused: set[int] = field(default_factory=set)
    refuse_commit: Exception | None = None
    fail_poll: Exception | None = None
    at: dict[int, int] = field(default_factory=dict)
    started: int = 0
    stopped: int = 0
    listener: Any = None

    def assignment(self) -> frozenset[Partition]:
        return frozenset(Partition("numbers", number) for number in self.partitions)

    async def getmany(
        self, *partitions: Partition, timeout_ms: int, max_records: int
    ) -> Mapping[Partition, Sequence[Record]]:
        if self.fail_poll is not None:
            raise self.fail_poll
        wanted = {part.partition for part in partitions} or set(self.partitions)
        given: dict[Partition, Sequence[Record]] = {}
        for number in sorted(wanted - self.paused):
            at = self.at.get(number, 0)
            rows = self.partitions.get(number, [])[at : at + max_records]
            if rows:
                given[Partition("numbers", number)] = rows
                self.at[number] = at + len(rows)
        await asyncio.sleep(0 if given or not timeout_ms else 0.001)
        return given

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        if self.refuse_commit is not None:
            raise self.refuse_commit
        self.commits.append({part.partition: offset for part, offset in offsets.items()})

    def pause(self, *partitions: Partition) -> None:
        self.paused |= {part.partition for part in partitions}

    def resume(self, *partitions: Partition) -> None:
        self.paused -= {part.partition for part in partitions}

    async def position(self, partition: Partition) -> int:
        return self.at.get(partition.partition, 0)

    async def end_offsets(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return {part: len(self.partitions[part.partition]) for part in partitions}

    def highwater(self, partition: Partition) -> int | None:
        return len(self.partitions[partition.partition])

    # -- what the supervisor uses

    def subscribe(self, topics: Sequence[str], listener: Any) -> None:
        self.listener = listener

    async def start(self) -> None:
        self.started += 1
        await self.listener.on_partitions_assigned(self.assignment())

    async def stop(self) -> None:
        self.stopped += 1


@dataclass
class Sums:
    """A use case over numbers: what it was given, and what it is to fail with."""

    taken: list[list[int]] = field(default_factory=list)
    fail: Callable[[Sequence[int]], Exception | None] = lambda _items: None

    async def __call__(self, items: Sequence[int]) -> None:
        await asyncio.sleep(0)
        error = self.fail(items)
        if error is not None:
            raise error
        self.taken.append(list(items))

    @property
    def numbers(self) -> list[int]:
        return [number for batch in self.taken for number in batch]


def component(handle: Sums) -> Component[int]:
    return Component("numbers", "numbers", decode, handle)


def decode(record: Record) -> int:
    try:
        return int(record.value or b"")
    except ValueError as error:
        raise InvalidInputError("value", "is no number") from error
