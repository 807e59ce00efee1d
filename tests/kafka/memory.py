"""The fake of the `Publisher` port: keeps what it is given, and fails when it is told to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.domain.errors import BrokerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ports import OutRecord


class MemoryPublisher:
    """`reachable` is whether there is a broker; without one, nothing is acknowledged."""

    def __init__(self) -> None:
        self.records: list[OutRecord] = []
        self.reachable = True

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        if not self.reachable:
            await asyncio.sleep(min(within, 0.01))
            raise BrokerUnavailableError(f"no acknowledgement within {within:g} s")
        self.records.extend(records)

    async def check(self) -> None:
        if not self.reachable:
            raise BrokerUnavailableError("no broker answers")
