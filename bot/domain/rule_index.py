"""Finds the rules that an alert could match without looking at each of them.

A rule is filed under a matcher whose values can be listed (`team="pay"`, `team=~"pay|bank"`): of several
under the one that the fewest rules share. Only what cannot be filed is looked at for every alert.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.matchers import Matcher
    from bot.domain.rules import Rule


class RuleIndex:
    """Positions of rules by label and value."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        sharing = Counter(
            (matcher.name, value) for rule in rules for matcher in rule.matchers for value in matcher.choices
        )
        self._everywhere: list[int] = []
        self._filed: dict[str, dict[str, list[int]]] = {}
        for position, rule in enumerate(rules):
            matcher = _rarest(rule.matchers, sharing)
            if matcher is None:
                self._everywhere.append(position)
                continue
            for value in matcher.choices:
                self._filed.setdefault(matcher.name, {}).setdefault(value, []).append(position)

    def candidates(self, labels: Mapping[str, str]) -> Sequence[int]:
        """The positions of all rules that could match these labels, in order."""
        found: list[int] = []
        for name, values in self._filed.items():
            found += values.get(labels.get(name, ""), ())
        if not found:
            return self._everywhere
        found += self._everywhere
        found.sort()
        return found


def _rarest(matchers: Sequence[Matcher], sharing: Mapping[tuple[str, str], int]) -> Matcher | None:
    """The matcher whose values the fewest rules ask for; an empty value also means that a label is absent."""
    listed = [matcher for matcher in matchers if matcher.choices and "" not in matcher.choices]
    return min(
        listed,
        key=lambda matcher: sum(sharing[matcher.name, value] for value in matcher.choices),
        default=None,
    )
