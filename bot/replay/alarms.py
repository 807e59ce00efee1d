"""What a replay is to be reminded of, in the order of its time."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from bot.domain.timer import Timer

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """The incident counts as resolved then, if it is still only monitored."""

    subject: str
    due_at: datetime
    kind: str = "closing"

    @property
    def order(self) -> tuple[datetime, str, str]:
        """As a timer's."""
        return self.due_at, self.kind, self.subject


Alarm = Timer | Closing


class Alarms:
    """Timers as the store keeps them: one of each kind and subject, the latest that was set."""

    def __init__(self) -> None:
        self._due: list[tuple[tuple[datetime, str, str], int, Alarm]] = []
        self._standing: dict[tuple[str, str], Alarm] = {}
        self._number = count()

    def set(self, timer: Alarm) -> None:
        """Set it, over an older one of its kind and subject."""
        place, standing = (timer.kind, timer.subject), self._standing.get((timer.kind, timer.subject))
        if isinstance(timer, Timer) and isinstance(standing, Timer) and timer.over(standing) is standing:
            return
        self._standing[place] = timer
        heappush(self._due, (timer.order, next(self._number), timer))

    def next_due(self, by: datetime) -> Alarm | None:
        """Take the next one that is due by then; None where none is."""
        while self._due and self._due[0][2].due_at <= by:
            timer = heappop(self._due)[2]
            if self._standing.get((timer.kind, timer.subject)) is timer:
                del self._standing[timer.kind, timer.subject]
                return timer
        return None
