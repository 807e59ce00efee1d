"""A condition that says what a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.conditions import ConditionError


@dataclass
class Says:
    """Answers, or fails, and remembers what it was asked with."""

    error: ConditionError | None = None
    answer: bool = True
    asked: list[Mapping[str, object]] = field(default_factory=list)
    source: str = "says"
    reads_time: bool = False

    def holds(self, variables: Mapping[str, object]) -> bool:
        """See `Condition`."""
        self.asked.append(variables)
        if self.error is not None:
            raise self.error
        return self.answer
