"""When suspects are weighed again though nothing was heard: what stays quiet is evidence too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

RERANK_AFTER: Final = (timedelta(0), timedelta(minutes=5), timedelta(minutes=15))
"""How long after an incident opened its suspects are weighed, whatever else happens."""

AFTER_QUIET: Final = timedelta(minutes=4)
"""An alert that comes to an incident after so long without one may be of other trouble."""

SETTLES: Final = timedelta(seconds=30)
"""How soon an alert of a service that alerted already is weighed at best, so that a burst is weighed once."""
_FEW: Final = 5

HELPS_WITHIN: Final = timedelta(minutes=10)
"""How long after a rollback alerts that still fire say that it did not help."""


def settles(alerts: int) -> timedelta:
    """How soon an alert of a service that alerted already is weighed, when the incident has so many.

    The more there are, the less the next one says: it waits for others, up to what would be a quiet time.
    """
    return min(SETTLES * max(1.0, (alerts / _FEW) ** 2), AFTER_QUIET)


def next_rerank(opened_at: datetime, now: datetime) -> datetime | None:
    """The first of these moments that is after `now`; None when all have passed.

    `opened_at` is when the alert that opened it was received: windows and timers run on the clock of receipt.
    """
    moments = (opened_at + after for after in RERANK_AFTER)
    return next((moment for moment in moments if moment > now), None)


def next_look(opened_at: datetime, now: datetime, *, rolled_back: bool) -> datetime | None:
    """As `next_rerank`; where something was rolled back, once more when the latest of that has had its time.

    A rollback shortly before the last fixed moment has not helped yet by then.
    """
    following = next_rerank(opened_at, now)
    if following is not None or not rolled_back:
        return following
    last = opened_at + RERANK_AFTER[-1] + HELPS_WITHIN
    return last if now < last else None


def rerank_after_rollback(opened_at: datetime, now: datetime) -> datetime:
    """When to look whether a rollback of now has helped: the next fixed moment, or ten minutes from now."""
    following = next_rerank(opened_at, now)
    looked_at = now + HELPS_WITHIN
    return looked_at if following is None else min(following, looked_at)
