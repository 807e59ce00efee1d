"""What a clue is: one more thing that speaks for or against single changes, where it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.domain.change import Change


class Clue(Protocol):
    """One kind of evidence of one incident, ready to be asked about one change after another."""

    @property
    def name(self) -> str:
        """The name of its term."""
        ...

    def value(self, change: Change) -> float:
        """The log-likelihood ratio for this change; 0 where there is nothing to say."""
        ...

    def text(self, change: Change) -> str:
        """Why, in words, where the value is not 0."""
        ...
