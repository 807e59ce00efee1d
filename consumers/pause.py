"""Waiting with a lane's partitions paused, polled meanwhile so that the group sees a member at work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consumers.bounded import bounded
from consumers.lanes import in_lane

if TYPE_CHECKING:
    from prometheus_client import Gauge

    from consumers.component import Consumer


@dataclass(slots=True)
class Pause:
    """The pause of one lane; `held` while its partitions give nothing. `gauge` counts those that pause."""

    lane: int
    gauge: Gauge
    poll_within_s: float
    held: bool = False

    async def wait(self, consumer: Consumer, seconds: float, stop: asyncio.Event) -> None:
        """Pause what the lane has, and wait so many seconds or until `stop` is set.

        Raises:
            BrokerUnavailableError: the consumer is of no more use.
        """
        self._hold(held=True)
        # The poll names the partitions that it has paused just now: they give nothing and keep their place.
        # One that is assigned meanwhile begins unpaused, and must not lose a record to this poll.
        if paused := in_lane(consumer.assignment(), self.lane):
            consumer.pause(*paused)
            await bounded(consumer.getmany(*paused, timeout_ms=0, max_records=1), self.poll_within_s, "poll")
        await either(stop, seconds)

    def end(self, consumer: Consumer) -> None:
        """Go on, if there was a pause, with what the lane has now: partitions may have come and gone."""
        if self.held:
            consumer.resume(*in_lane(consumer.assignment(), self.lane))
            self._hold(held=False)

    def forget(self) -> None:
        """The consumer is gone, and its pause with it."""
        self._hold(held=False)

    def _hold(self, *, held: bool) -> None:
        self.gauge.inc(held - self.held)
        self.held = held


async def either(stop: asyncio.Event, seconds: float) -> None:
    """Return when `stop` is set or so many seconds have passed."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
