"""How often services are changed, counted as a replay hears of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.pace import LOOKED_OVER, Pace, look_backs
from bot.domain.verdicts import key_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.change import Change
    from bot.domain.verdicts import ChangeKey


class Paces:
    """The changes that were told of within the last week, each as it was told last and since then."""

    def __init__(self) -> None:
        self._told: dict[ChangeKey, Change] = {}
        self._made: dict[str, Counter[str]] = {}

    def hear(self, change: Change) -> None:
        """A change is told of, maybe again, as it stands now; each not before the one before it.

        One that was made long before, as of an import of old ones, does not count.
        """
        key = key_of(change)
        if key in self._told:
            self._drop(key)
        if change.received_at - change.time > LOOKED_OVER:
            return
        self._told[key] = change
        self._made.setdefault(change.environment, Counter())[change.service] += 1

    def forget(self, before: datetime) -> None:
        """Drop what was told before then."""
        while self._told:
            key, oldest = next(iter(self._told.items()))
            if oldest.received_at >= before:
                return
            self._drop(key)

    def _drop(self, key: ChangeKey) -> None:
        change = self._told.pop(key)
        counted = self._made[change.environment]
        counted[change.service] -= 1
        if not counted[change.service]:
            del counted[change.service]

    def pace(self, at: datetime, look_back: float) -> Pace | None:
        """How often services are changed, as of then; to be used before the next change is heard of.

        None where nothing is known to have changed.
        """
        self.forget(at - LOOKED_OVER)
        first = next(iter(self._told.values()), None)
        return None if first is None else Pace(self._made, look_backs(at - first.received_at, look_back))
