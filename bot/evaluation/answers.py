"""What each method says about each true fault at one moment, ready to be scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.evaluation.truth import Fault

MODEL: Final = "tocsin"
CEILING: Final = "ceiling"
NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Answer:
    """One method's answer about one incident.

    `suspects` are change ids, best first. `change` says how sure it is that some change was it: a probability
    or any score that grows with it. `probability` is that of the first suspect, None where the method gives
    none. `shown`: a suspect would be named.
    """

    suspects: tuple[str, ...] = ()
    change: float = float("-inf")
    shown: bool = False
    probability: float | None = None

    def rank(self, causes: frozenset[str]) -> int | None:
        """The place of the first guilty change, from 1; None where none is named."""
        return next((place for place, one in enumerate(self.suspects, 1) if one in causes), None)


NO_ANSWER: Final = Answer()
"""No incident was opened: nothing is named."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One fault with the incident that holds most of its alerts, and every method's answer about it.

    `fault` is None for an incident that holds no alert of any fault: noise. `later` has the model's answer at
    other moments, by seconds since the first alert. `seconds`: from the first true alert to a guilty change
    among the first three; infinite where that never came. `ever_shown`: at some moment a suspect was named.
    """

    case: str
    fault: Fault | None
    incident: str | None
    answers: Mapping[str, Answer]
    strata: Mapping[str, str] = field(default_factory=dict)
    later: Mapping[int, Answer] = field(default_factory=dict)
    seconds: float = NEVER
    ever_shown: bool = False

    @property
    def by_change(self) -> bool:
        """Whether a change was really behind it."""
        return self.fault is not None and self.fault.by_change

    @property
    def causes(self) -> frozenset[str]:
        """The guilty changes."""
        return self.fault.causes if self.fault is not None else frozenset()
