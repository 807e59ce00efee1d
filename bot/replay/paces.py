"""How often services are changed, counted as a replay hears of it."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from bot.domain.pace import LOOKED_OVER, Pace, look_backs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.change import Change


class Paces:
    """The changes that were told of within the last week."""

    def __init__(self) -> None:
        self._told: deque[tuple[datetime, str, str]] = deque()
        self._made: dict[str, Counter[str]] = {}

    def hear(self, change: Change) -> None:
        """A change is told of for the first time; each not before the one before it.

        One that was made long before, as of an import of old ones, does not count.
        """
        if change.received_at - change.time > LOOKED_OVER:
            return
        self._told.append((change.received_at, change.environment, change.service))
        self._made.setdefault(change.environment, Counter())[change.service] += 1

    def forget(self, before: datetime) -> None:
        """Drop what was told before then."""
        while self._told and self._told[0][0] < before:
            _, environment, service = self._told.popleft()
            counted = self._made[environment]
            counted[service] -= 1
            if not counted[service]:
                del counted[service]

    def pace(self, at: datetime, look_back: float) -> Pace | None:
        """How often services are changed, as of then; to be used before the next change is heard of.

        None where nothing is known to have changed.
        """
        self.forget(at - LOOKED_OVER)
        if not self._told:
            return None
        return Pace(self._made, look_backs(at - self._told[0][0], look_back))
