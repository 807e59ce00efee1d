"""Rules that no alert comes to, because one before them takes all that they match."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.matchers import Matcher
    from bot.domain.rules import Rule


class Shadows:
    """The rules so far that take whatever matches, at any hour and on no further condition.

    Each is filed under one of its matchers, so that a rule is held against the few that have one of its own.
    """

    def __init__(self) -> None:
        self._every: Rule | None = None
        self._filed: dict[Matcher, list[Rule]] = {}

    def over(self, rule: Rule) -> Rule | None:
        """An earlier rule that takes all that this one matches: one whose matchers this one has, too."""
        if self._every is not None:
            return self._every
        own = frozenset(rule.matchers)
        earlier = (one for matcher in own for one in self._filed.get(matcher, ()))
        return next((one for one in earlier if own.issuperset(one.matchers)), None)

    def add(self, rule: Rule) -> None:
        """Go on to the next rule."""
        if rule.when is not None or rule.active is not None:
            return
        if rule.matchers:
            self._filed.setdefault(rule.matchers[0], []).append(rule)
        elif self._every is None:
            self._every = rule
