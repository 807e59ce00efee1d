"""Ends an aiokafka consumer whatever its state: one that is cut off within `stop` leaves its tasks running.

aiokafka has no public way to do this, so this is the one place that looks into its private parts.
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from bot.domain.errors import BrokerUnavailableError
from consumers.bounded import bounded

_PARTS: Final = ("_fetcher", "_client")
_PART_WITHIN_S: Final = 0.5
log: Final = structlog.get_logger(__name__)


async def close(consumer: Any, within: float) -> None:
    """Leave the group and close; what does not end in so many seconds is cut off. Never raises."""
    try:
        await bounded(consumer.stop(), within, "stop")
    except BrokerUnavailableError as error:
        log.debug("consumer did not stop cleanly", error=str(error))
        for part in (getattr(consumer, name, None) for name in _PARTS):
            if part is not None:
                await _close_part(part)


async def _close_part(part: Any) -> None:
    try:
        await bounded(part.close(), _PART_WITHIN_S, "close")
    except BrokerUnavailableError as error:
        log.debug("part of a consumer did not close", part=type(part).__name__, error=str(error))
