"""Recovery: what was rolled back and got well was guilty, what was rolled back in vain was not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.alert import may_be_one
from bot.domain.change import ChangeKind
from bot.domain.spans import span
from bot.domain.suspects import MOST_SEEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.domain.change import Change
    from bot.domain.suspects import Evidence

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Recoveries:
    """How a rollback speaks. Times are in seconds.

    `helps`: the chance that undoing the cause ends the alerts, mostly within `soon`. `anyway`: that they end
    by themselves meanwhile, mostly within `later`. `undone`: the chance, against others, that a change that
    was undone before the first alert caused it. `most`: the most that a recovery may say either way.
    """

    helps: float = 0.9
    soon: float = 480.0
    anyway: float = 0.6
    later: float = 3_600.0
    undone: float = 0.08
    most: float = 2.5


class Recovery:
    """Which candidates were rolled back, and what became of the alerts."""

    name: Final = "recovery"

    def __init__(self, evidence: Evidence, candidates: Collection[Change], recoveries: Recoveries) -> None:
        self._recoveries = recoveries
        self._onset, self._at = evidence.onset, evidence.at
        self._first = evidence.first
        self._undone = _undone(candidates, evidence.at)
        ends = [
            alert.ended_at for alert in evidence.alerts if alert.ended_at and alert.ended_at <= evidence.at
        ]
        # Of a storm the first alerts are read: whether the last one has ended is not known.
        self._cut = len(evidence.alerts) >= MOST_SEEN
        well = bool(evidence.alerts) and len(ends) == len(evidence.alerts)
        self._well_at = max(ends) if well else None

    def __bool__(self) -> bool:
        """Whether anything was rolled back."""
        return bool(self._undone)

    def value(self, change: Change) -> float:
        """By how soon the alerts ended after the rollback, or by how long they have not."""
        back = self._undone.get((change.source, change.change_id))
        if back is None:
            return 0.0
        its, most = self._recoveries, self._recoveries.most
        if back < self._onset:
            return math.log(its.undone)
        if self._cut:
            return 0.0
        if self._well_at is not None:
            seconds = (self._well_at - back).total_seconds()
            if seconds < 0:
                return 0.0
            helped = its.helps / its.soon * math.exp(-seconds / its.soon)
            anyway = its.anyway / its.later * math.exp(-seconds / its.later)
            return max(min(math.log(helped + its.undone * anyway) - math.log(anyway), most), -most)
        seconds = (self._at - back).total_seconds()
        helped = 1.0 - its.helps * (1.0 - math.exp(-seconds / its.soon))
        anyway = 1.0 - its.anyway * (1.0 - math.exp(-seconds / its.later))
        return max(math.log(helped) - math.log(anyway), -most)

    def text(self, change: Change) -> str:
        """When it was rolled back and what followed."""
        back = self._undone[change.source, change.change_id]
        if back < self._onset:
            return f"it was rolled back {_between(back, self._onset)} before {self._first}"
        if self._well_at is not None:
            return f"it was rolled back, and the last alert ended {_between(back, self._well_at)} later"
        return f"it was rolled back {_between(back, self._at)} ago, and alerts still fire"


def _undone(candidates: Collection[Change], at: datetime) -> Mapping[_Key, datetime]:
    """What was rolled back by then, and when first: what the rollback names, or the version that it left."""
    rollback = ChangeKind.ROLLBACK
    backs = [change for change in candidates if change.rolls_back or change.kind is rollback]
    found: dict[_Key, datetime] = {}
    for back in backs:
        if back.rolls_back and back.time <= at:
            key = back.source, back.rolls_back
            found[key] = min(back.time, found.get(key, back.time))
    if backs and _any_left(candidates, backs):
        for key, time in _left(candidates, at):
            found[key] = min(time, found.get(key, time))
    return found


def _left(candidates: Iterable[Change], at: datetime) -> Iterator[tuple[_Key, datetime]]:
    """What was left by rollbacks that do not say what they undo."""
    deployed: dict[str, list[Change]] = {}
    for change in sorted(candidates, key=lambda change: change.time):
        if change.time > at:
            return
        if change.rolls_back:
            continue
        known = deployed.setdefault(change.service, [])
        if change.kind is ChangeKind.ROLLBACK:
            last = next(
                (one for one in reversed(known) if may_be_one(one.environment, change.environment)), None
            )
            if last is not None and _leaves(change, last):
                yield (last.source, last.change_id), change.time
        elif change.version or change.previous_version:
            # A flag or a setting has no version, and hides no deploy.
            known.append(change)


def _any_left(candidates: Collection[Change], backs: Iterable[Change]) -> bool:
    """Whether a rollback may go back from any candidate's version; most name none, and need no search."""
    left = {back.previous_version for back in backs} - {""}
    reached = {back.version for back in backs} - {""}
    return bool(
        (left and not left.isdisjoint([change.version for change in candidates]))
        or (reached and not reached.isdisjoint([change.previous_version for change in candidates]))
    )


def _leaves(back: Change, change: Change) -> bool:
    """Whether a rollback that does not say what it undoes goes back from this change's version."""
    if back.previous_version and change.version:
        return back.previous_version == change.version
    return bool(back.version) and back.version == change.previous_version


def _between(earlier: datetime, later: datetime) -> str:
    return span((later - earlier).total_seconds())
