"""Which groups this process has seen open: a guess that saves a wrong start, never a truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.decisions import Decision
    from bot.domain.rules import Routed

BOUND: Final = 50_000
_OWNED: Final = frozenset({DecisionKind.OPEN, DecisionKind.ATTACH, DecisionKind.REOPEN})


class KnownGroups:
    """Keys of groups that an open incident owned when they were last heard of; the oldest are forgotten.

    An alert of another group probably opens, joins or waits, and needs its environment's lock. A guess that
    was wrong costs time only: `decide` asks for the lock that it misses.
    """

    def __init__(self, bound: int = BOUND) -> None:
        self._bound = bound
        self._keys: dict[str, None] = {}

    def likely_locks(self, routed: Iterable[Routed]) -> frozenset[str]:
        """The environments whose lock these alerts probably need."""
        return frozenset(one.event.environment for one in routed if self._is_news(one))

    def learn(self, routed: Mapping[str, Routed], decisions: Iterable[Decision]) -> None:
        """Remember the groups that were found open or have been opened; `routed` is by event id."""
        for decision in decisions:
            if decision.kind in _OWNED:
                key = routed[decision.event_id].group_key
                self._keys.pop(key, None)
                self._keys[key] = None
        while len(self._keys) > self._bound:
            del self._keys[next(iter(self._keys))]

    def forget(self, routed: Iterable[Routed]) -> None:
        """The guess was wrong about one of these."""
        for one in routed:
            self._keys.pop(one.group_key, None)

    def _is_news(self, one: Routed) -> bool:
        return (
            one.event.status is AlertStatus.FIRING
            and one.rule is not None
            and not one.rule.suppress
            and one.group_key not in self._keys
        )
