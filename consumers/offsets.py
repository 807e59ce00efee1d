"""Offsets of what was taken in, committed while the next batches are worked on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import CommitFailedError, IllegalStateError

from consumers.bounded import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from consumers.component import Consumer, Record

log = structlog.get_logger(__name__)


class Offsets:
    """One commit at a time is on its way, and may take `within_s` seconds; what ends meanwhile goes next.

    A commit is a journey to the broker and back, about as long as a small batch takes in the database: to
    wait for each would halve the rate of small batches. The next one sets off `apart_s` seconds after it, as
    the broker has better things to do than to note each of a hundred small batches a second.
    """

    def __init__(self, component: str, within_s: float, apart_s: float = 0.05) -> None:
        self._component = component
        self._within_s = within_s
        self._apart_s = apart_s
        self._hurry = asyncio.Event()
        self._next: dict[Any, int] = {}
        self._told: list[Callable[[], None]] = []
        self._journey: asyncio.Task[None] | None = None

    async def send(
        self,
        consumer: Consumer,
        by_partition: Mapping[Any, Sequence[Record]],
        committed: Callable[[], None],
    ) -> None:
        """Commit the offsets after these records, at once or with others after the commit on its way.

        `committed` is called once they are committed; where the group refuses them it is not.

        Raises:
            BrokerUnavailableError: an earlier commit failed or was not answered in time.
        """
        await self.look()
        self._next |= {partition: part[-1].offset + 1 for partition, part in by_partition.items() if part}
        self._told.append(committed)
        if self._journey is None:
            self._journey = asyncio.create_task(self._travel(consumer))

    async def look(self) -> None:
        """Take note of a journey that has ended.

        Raises:
            BrokerUnavailableError: a commit failed or was not answered in time.
        """
        if self._journey is not None and self._journey.done():
            await self.arrive()

    async def arrive(self) -> None:
        """Wait until everything that was sent is committed.

        Raises:
            BrokerUnavailableError: a commit failed or was not answered in time.
        """
        if self._journey is not None:
            journey, self._journey = self._journey, None
            self._hurry.set()
            try:
                await journey
            finally:
                journey.cancel()
                self._hurry.clear()

    async def give_up(self) -> None:
        """Leave what is not committed yet: its records come again, and the inbox knows them."""
        self._next, self._told = {}, []
        if self._journey is not None:
            journey, self._journey = self._journey, None
            journey.cancel()
            await asyncio.gather(journey, return_exceptions=True)

    async def _travel(self, consumer: Consumer) -> None:
        while self._next:
            offsets, self._next = self._next, {}
            told, self._told = self._told, []
            refusal = await bounded(_refusal(consumer, offsets), self._within_s, "commit")
            if refusal:
                # A rebalance came between: whoever has the partitions now, we or another, reads the records
                # again from the offsets before, and the inbox knows them.
                log.info("offsets not committed", component=self._component, error=refusal)
            else:
                for tell in told:
                    tell()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._apart_s)


async def _refusal(consumer: Consumer, offsets: Mapping[Any, int]) -> str:
    """Commit; gives why the group refuses it, empty where it does not."""
    try:
        await consumer.commit(offsets)
    except (CommitFailedError, IllegalStateError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
