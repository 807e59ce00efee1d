"""Conditions that say what a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class FiredFor:
    """Whether the alert has fired for at least so long (`least`), or for less (not `least`)."""

    span: timedelta
    least: bool = True
    source: str = "received_at - starts_at"
    reads_time: bool = True

    def holds(self, variables: Mapping[str, object]) -> bool:
        """See `Condition`."""
        received_at, starts_at = variables["received_at"], variables["starts_at"]
        assert isinstance(received_at, datetime)
        assert isinstance(starts_at, datetime)
        return (received_at - starts_at >= self.span) is self.least
