"""Thins out aiokafka's log: with a broker away it says the same line ten times a second."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# A logger's filter does not see what its children say, so each that repeats itself is named.
REPETITIVE: Final = (
    "aiokafka.client",
    "aiokafka.cluster",
    "aiokafka.conn",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.producer.producer",
    "aiokafka.producer.sender",
)
EVERY_SECONDS: Final = 10.0


class Thinned(logging.Filter):
    """Lets a line through once in a while, and then says how many like it were left out."""

    def __init__(self, every: float = EVERY_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every = every
        self._now = now
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is let through; errors of the same text count as the same line."""
        if record.levelno <= logging.DEBUG:
            return True
        # By the template, not the filled text: there are as many of those as lines in aiokafka's source.
        line = (record.name, str(record.msg))
        now = self._now()
        since, left_out = self._seen.get(line, (now - self._every, 0))
        if now - since < self._every:
            self._seen[line] = (since, left_out + 1)
            return False
        self._seen[line] = (now, 0)
        if left_out:
            record.msg = f"{record.msg} (and {left_out} more like it)"
        return True


def quieten(every: float = EVERY_SECONDS) -> None:
    """Thin out the loggers of aiokafka that repeat themselves; calling it again changes nothing."""
    for name in REPETITIVE:
        logger = logging.getLogger(name)
        if not any(isinstance(one, Thinned) for one in logger.filters):
            logger.addFilter(Thinned(every))
