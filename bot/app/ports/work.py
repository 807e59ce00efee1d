"""Work to be done: effects and timers, claimed under a lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.domain.effects import Effect, EffectKind
    from bot.domain.timer import Timer, TimerKind


@dataclass(frozen=True, slots=True)
class ClaimedEffect:
    """An effect under lease.

    `fence` must still be the row's when the outcome is recorded. `uncertain_since` is the start of the first
    attempt whose outcome is not known (a lost reply, a killed worker); None where every earlier attempt is
    known to have done nothing. `failing_since` is the first failed attempt since the last success. The lease
    ends at `lease_until` unless it is renewed. `traceparent` is the span that made it, where that was traced.
    """

    id: str
    effect: Effect
    attempt: int
    fence: int
    created_at: datetime
    uncertain_since: datetime | None
    failing_since: datetime | None
    lease_until: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimedTimer:
    """A timer that is due, under lease."""

    timer: Timer
    fence: int


class Hand(Protocol):
    """A worker of this process that is kept free for one effect, which is entered as leased by it."""

    worker: str
    leased_at: datetime
    lease_until: datetime

    def take(self, claimed: ClaimedEffect) -> None:
        """The effect has been entered: do it."""

    def let_go(self) -> None:
        """It has not been entered, as far as is known."""


Hands = Callable[["EffectKind"], "Hand | None"]
"""A hand of this process that is free for an effect of that kind; None where there is none."""


def no_hands(_kind: EffectKind) -> Hand | None:
    """Nobody in this process does effects."""
    return None


class Outbox(Protocol):
    """Effects that wait, are being worked on, or are over."""

    async def add(self, effects: Iterable[Effect]) -> None:
        """Enter effects and wake delivery; one whose key or waiting `coalesce` is there adds nothing.

        The first of a lane goes to a free hand of this process, where there is one, as soon as it is there.
        """

    async def claim(
        self, worker: str, now: datetime, lease: timedelta, limit: int, kinds: Collection[EffectKind] | None
    ) -> list[ClaimedEffect]:
        """Take the first waiting effect of up to `limit` lanes, or one whose lease has run out."""

    async def renew(self, claimed: ClaimedEffect, now: datetime, lease: timedelta) -> bool:
        """Lengthen the lease; false where it was lost."""

    async def done(self, claimed: ClaimedEffect, now: datetime, result: Mapping[str, Any]) -> bool:
        """It happened; false (and nothing written) where the lease was lost."""

    async def again(
        self, claimed: ClaimedEffect, now: datetime, due_at: datetime, error: str, *, uncertain: bool
    ) -> bool:
        """Try it again from `due_at`; `uncertain` where the attempt may have acted all the same."""

    async def dead(self, claimed: ClaimedEffect, now: datetime, error: str) -> bool:
        """It will never happen; the lane goes on with the next."""

    async def waiting(self) -> int:
        """How many effects are neither done nor dead."""


class Timers(Protocol):
    """Reminders."""

    async def set(self, timers: Iterable[Timer]) -> None:
        """Enter timers; a newer generation of the same kind and subject replaces the older."""

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> list[ClaimedTimer]:
        """Take timers that are due, of the kinds that this version knows."""

    async def done(self, claimed: ClaimedTimer) -> bool:
        """It was dealt with; false where the lease was lost or a newer generation is set."""

    async def rest(self, claimed: ClaimedTimer, until: datetime) -> None:
        """It could not be dealt with: leave it alone until then."""

    async def cancel(self, kind: TimerKind, subject: str) -> None:
        """Forget a timer."""


class Wake(Protocol):
    """A subscription to news of work."""

    async def wait(self, at_most: float) -> None:
        """Return when there may be work, or after `at_most` seconds."""
