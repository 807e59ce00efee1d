from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaConnectionError

from consumers.closing import close


@dataclass
class Part:
    fails: bool = False
    closed: int = 0

    async def close(self) -> None:
        self.closed += 1
        if self.fails:
            raise KafkaConnectionError("gone")


@dataclass
class Closing:
    """A consumer that stops, or hangs in it; it has a fetcher only once it has started."""

    hangs: bool
    _fetcher: Any = None
    _client: Part = field(default_factory=Part)

    async def stop(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()


async def test_one_that_stops_is_left_alone() -> None:
    consumer = Closing(hangs=False, _fetcher=Part())
    await close(consumer, 1)
    assert (consumer._fetcher.closed, consumer._client.closed) == (0, 0)


async def test_one_that_hangs_loses_its_tasks_and_connections() -> None:
    consumer = Closing(hangs=True, _fetcher=Part(fails=True))
    await close(consumer, 0.01)
    assert (consumer._fetcher.closed, consumer._client.closed) == (1, 1)


async def test_one_that_never_started_has_no_fetcher() -> None:
    consumer = Closing(hangs=True)
    await close(consumer, 0.01)
    assert consumer._client.closed == 1
