"""How far a consumer is behind, asked of the broker: which also shows a broker that is gone.

A poll gives nothing both when nothing is there and when the broker is away; this question fails in the
second case, and finds records that a consumer which has silently stopped fetching leaves lying.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiokafka.errors import IllegalStateError

from consumers.bounded import bounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import Gauge

    from consumers.component import Consumer


@dataclass(slots=True)
class Lag:
    """The lag of one consumer, in records that were not fetched yet; looked at every `every_s` seconds."""

    gauge: Gauge
    every_s: float
    within_s: float
    clock: Callable[[], float] = time.monotonic
    _looked_at: float | None = None

    async def look(self, consumer: Consumer) -> None:
        """Bring the gauge up to date, if it is time to.

        Raises:
            BrokerUnavailableError: the broker does not answer.
        """
        now = self.clock()
        if self._looked_at is None or now - self._looked_at >= self.every_s:
            self._looked_at = now
            await self.behind(consumer)

    async def behind(self, consumer: Consumer) -> int:
        """Records of the assigned partitions that were not fetched yet.

        Raises:
            BrokerUnavailableError: the broker does not answer.
        """
        records = await bounded(_behind(consumer), self.within_s, "look at the ends")
        self.gauge.set(records)
        return records


async def _behind(consumer: Consumer) -> int:
    partitions = sorted(consumer.assignment())
    if not partitions:
        return 0
    ends = await consumer.end_offsets(partitions)
    records = 0
    for partition in partitions:
        try:
            records += max(0, ends[partition] - await consumer.position(partition))
        except IllegalStateError:  # a rebalance took it meanwhile
            continue
    return records
