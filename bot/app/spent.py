"""How long the process thinks: the seconds that rules, decisions and suspects take, databases apart."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES: Final = "rules"
DECISIONS: Final = "decisions"
SUSPECTS: Final = "suspects"


@dataclass(slots=True)
class Spent:
    """Seconds by step, since they were last taken. A step must not wait for anything while it is timed."""

    _seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def on(self, step: str) -> Iterator[None]:
        """Time the block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - began

    def taken(self) -> dict[str, float]:
        """What has been spent; it counts from nothing again."""
        seconds, self._seconds = self._seconds, {}
        return seconds
