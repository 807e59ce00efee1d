"""Counts what one replay decided, rule by rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.decisions import DecisionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.replay.rows import Opening, Page

KINDS: Final = (
    DecisionKind.OPEN,
    DecisionKind.ATTACH,
    DecisionKind.REOPEN,
    DecisionKind.HOLD,
    DecisionKind.SUPPRESS,
    DecisionKind.RESOLVED,
    DecisionKind.DUPLICATE,
)
"""The columns, in their order."""


@dataclass(slots=True)
class Tally:
    """`decisions` by (rule, kind), an empty rule where none matched; `paged` by rule."""

    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    paged: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    alerts: int = 0
    incidents: int = 0
    _rules: dict[int, str] = field(default_factory=dict)

    def add(self, page: Page) -> None:
        """Count a page."""
        self.facts += page.facts
        self.alerts += len(page.rows)
        self.incidents += len(page.openings)
        self.decisions.update([(row.rule, row.kind) for row in page.rows])
        self.decisions.update([(row.rule, row.kind) for row in page.late])
        self._opened(page.openings)
        self.paged.update(self._rules.get(number, "") for number in page.paged)

    def of(self, rule: str) -> list[int]:
        """How many decisions of each of `KINDS` the rule led to."""
        return [self.decisions[rule, kind.value] for kind in KINDS]

    def total(self, kind: DecisionKind) -> int:
        """How many decisions of this kind there were."""
        return sum(many for (_, one), many in self.decisions.items() if one == kind.value)

    def _opened(self, openings: Iterable[Opening]) -> None:
        for one in openings:
            self._rules[one.incident] = one.rule
