"""Conditions of a step, as data: a variable, a comparison, and the value to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from playbooks.errors import UnknownVariableError
from playbooks.template import Path, lookup, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Comparison(StrEnum):
    """How a variable is compared."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    ABOVE = "above"
    BELOW = "below"
    EXISTS = "exists"


_WORDS: Final[Mapping[Comparison, str]] = {
    Comparison.IS: "not",
    Comparison.IS_NOT: "which is excluded:",
    Comparison.IN: "not one of",
    Comparison.ABOVE: "not above",
    Comparison.BELOW: "not below",
}


def _number(value: Any) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _above(value: Any, limit: Any) -> bool:
    left, right = _number(value), _number(limit)
    return left is not None and right is not None and left > right


def _below(value: Any, limit: Any) -> bool:
    return _above(limit, value)


_HOLDS: Final[Mapping[Comparison, Callable[[Any, Any], bool]]] = {
    Comparison.IS: lambda value, wanted: bool(value == wanted),
    Comparison.IS_NOT: lambda value, wanted: bool(value != wanted),
    Comparison.IN: lambda value, wanted: value in wanted,
    Comparison.ABOVE: _above,
    Comparison.BELOW: _below,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`variable` must compare to `value`. A variable that is not set holds for `exists: false` alone."""

    variable: Path
    comparison: Comparison
    value: Any

    def why_not(self, variables: Mapping[str, Any]) -> str:
        """Empty where the condition holds, else why it does not."""
        try:
            value = lookup(self.variable, variables)
        except UnknownVariableError as error:
            exempt = self.comparison is Comparison.EXISTS and not self.value
            return "" if exempt else str(error)
        if self.comparison is Comparison.EXISTS:
            return "" if self.value else f"{self.variable.text} is set"
        if _HOLDS[self.comparison](value, self.value):
            return ""
        return f"{self.variable.text} is {show(value)}, {_WORDS[self.comparison]} {show(self.value)}"


def why_not(conditions: tuple[Condition, ...], variables: Mapping[str, Any]) -> str:
    """Empty where all hold, else why the first does not."""
    return next((reason for c in conditions if (reason := c.why_not(variables))), "")
