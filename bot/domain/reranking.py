"""When suspects are weighed again though nothing was heard: what stays quiet is evidence too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

RERANK_AFTER: Final = (timedelta(0), timedelta(minutes=5), timedelta(minutes=15))
"""How long after an incident's first alert its suspects are weighed, whatever else happens."""


def next_rerank(first_alert_at: datetime, now: datetime) -> datetime | None:
    """The first of these moments that is after `now`; None when all have passed.

    `first_alert_at` is when the first alert was received: windows and timers run on the clock of receipt.
    """
    moments = (first_alert_at + after for after in RERANK_AFTER)
    return next((moment for moment in moments if moment > now), None)
