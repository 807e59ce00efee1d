"""Timers: reminders that wake Tocsin at a moment, as data; of one kind and subject at most one stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime


class TimerKind(StrEnum):
    """What a timer reminds of."""

    CHANNEL_OVERDUE = "channel_overdue"
    RUN_WAKE = "run_wake"
    RERANK = "rerank"
    JOINED = "joined"
    RECONSIDER = "reconsider"
    HELD = "held"
    CALM = "calm"


DECIDING: Final = frozenset({TimerKind.RECONSIDER, TimerKind.HELD, TimerKind.CALM})
"""Timers that `waking.ring` decides about; the subject is a cause, a group's key, an incident's id."""


SOONEST: Final = frozenset({TimerKind.RECONSIDER, TimerKind.HELD, TimerKind.JOINED})
"""Timers of which, of several about one subject, the soonest stands until somebody has looked."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A reminder of `kind` about `subject`, due at `due_at`; a newer generation replaces an older one.

    Several may want the same subject considered again, a held group looked at, or an incident that alerts
    come to weighed: the soonest of those stands. Whoever finds nothing changed then asks for the next time.
    """

    kind: TimerKind
    subject: str
    due_at: datetime
    generation: int = 0

    @property
    def order(self) -> tuple[datetime, str, str]:
        """By which timers ring: of those due at one moment always the same one first."""
        return self.due_at, self.kind, self.subject

    def over(self, standing: Timer | None) -> Timer:
        """Which of the two stands, set after one that has not been looked at yet."""
        if standing is None or self.kind not in SOONEST or self.due_at <= standing.due_at:
            return self
        return standing
