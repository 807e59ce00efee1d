"""Lays two replays of one history side by side: which alerts are decided otherwise, and how incidents differ.

Incidents have no name in common, so they are told apart by their alerts: an incident of the one and one of
the other are linked by every alert that came to both.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.domain.decisions import DecisionKind
from bot.replay.differences import Alike, DecisionDifference, IncidentDifference, Said, differences

if TYPE_CHECKING:
    from bot.replay.rows import Heard, Opening, Page, Row

_WAITING: Final = 100_000
"""So many alerts without an incident are remembered, in case that they come to one later."""
_CAME: Final = frozenset({DecisionKind.OPEN, DecisionKind.ATTACH, DecisionKind.REOPEN})
_ECHOES: Final = frozenset({DecisionKind.DUPLICATE, DecisionKind.RESOLVED})
"""What follows from a decision before and says nothing of its own."""
_FINAL: Final = frozenset(
    {"no_rule", "rule", "resolved_unseen", "repeated", "superseded", "ended", "ended_alone"}
)
"""Reasons after which an alert comes to no incident any more."""


@dataclass(slots=True)
class Side:
    """One of the two replays: its incidents, and what became of their alerts in the other."""

    openings: dict[int, Alike] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)


class Answer(NamedTuple):
    """The outcome of a comparison; `same` counts the incidents that are alike."""

    same: int
    incidents: list[IncidentDifference]
    decisions: list[DecisionDifference]


class Comparison:
    """Takes pages of both, in step; `keep` is how long (in seconds) a closed incident may still reopen.

    Without `by_rule` it does not matter which rule led to a decision, as where that was not written down.
    """

    def __init__(self, keep: float, *, by_rule: bool = True) -> None:
        self._before, self._after = Side(), Side()
        self._links: dict[int, dict[int, int]] = {}
        self._back: dict[int, set[int]] = {}
        self._waiting: dict[str, list[int]] = {}
        self._changed: dict[tuple[str, ...], DecisionDifference] = {}
        self._folding: deque[tuple[float, int, int]] = deque()
        self._keep = keep
        self._by_rule = by_rule
        self._same = 0

    def add(self, before: Page, after: Page) -> None:
        """Compare a page with the same page of the other.

        Raises:
            ValueError: they are not of the same history.
        """
        _open(self._before, before.openings)
        _open(self._after, after.openings)
        for old, new, heard in zip(before.rows, after.rows, after.heard, strict=True):
            if old.event_id != new.event_id:
                raise ValueError(f"{old.event_id} is not {new.event_id}")
            self._row(old, new, heard)
        for row in before.late:
            self._late(row, 0)
        for row in after.late:
            self._late(row, 1)
        _count_pages(self._before, before.paged)
        _count_pages(self._after, after.paged)
        self._close(before, after)

    def answer(self) -> Answer:
        """What differs, the most telling first."""
        found, same = differences(self._before.openings, self._after.openings, self._links)
        decisions = sorted(self._changed.values(), key=lambda one: (-one.count, one.first.at))
        return Answer(self._same + same, found, decisions)

    def _row(self, old: Row, new: Row, heard: Heard) -> None:
        if not self._by_rule and new.kind == DecisionKind.DUPLICATE != old.kind:
            # What was considered again at the time was written down as another event of the alert.
            self._late(old, 0)
            return
        if old.incident or new.incident:
            self._place(old, new, heard)
        elif old.reason not in _FINAL or new.reason not in _FINAL:
            self._wait(old.event_id, [0, 0])
        if old.kind == new.kind and (old.kind in _ECHOES or self._is_alike(old, new)):
            return
        key = (old.kind, old.rule, old.reason, new.kind, new.rule, new.reason)
        known = self._changed.get(key)
        if known is None:
            said = (
                Said(old.kind, old.rule, old.reason, old.text),
                Said(new.kind, new.rule, new.reason, new.text),
            )
            self._changed[key] = DecisionDifference(*said, heard)
        else:
            known.count += 1

    def _is_alike(self, old: Row, new: Row) -> bool:
        return old.reason == new.reason and (old.rule == new.rule or not self._by_rule)

    def _place(self, old: Row, new: Row, heard: Heard) -> None:
        """An alert that came to an incident in at least one of them."""
        came_before, came_after = old.kind in _CAME, new.kind in _CAME
        if came_before and came_after:
            self._link(old.incident, new.incident)
        if came_before:
            self._came(self._before, old, new, heard)
        if came_after:
            self._came(self._after, new, old, heard)
        if came_before != came_after and (new if came_before else old).reason not in _FINAL:
            self._wait(old.event_id, [old.incident, new.incident])

    def _came(self, side: Side, own: Row, other: Row, heard: Heard) -> None:
        known = side.openings.get(own.incident)
        if known is None:
            return
        known.alerts += 1
        known.last = heard.at
        said = Said(other.kind, other.rule, other.reason, other.text)
        if own.kind == DecisionKind.OPEN:
            known.at_opening = said
        if other.kind not in _CAME and known.instead is None:
            known.instead = said

    def _link(self, old: int, new: int) -> None:
        if old not in self._before.openings or new not in self._after.openings:
            return
        row = self._links.setdefault(old, {})
        row[new] = row.get(new, 0) + 1
        self._back.setdefault(new, set()).add(old)

    def _wait(self, event_id: str, incidents: list[int]) -> None:
        self._waiting[event_id] = incidents
        if len(self._waiting) > _WAITING:
            del self._waiting[next(iter(self._waiting))]

    def _late(self, row: Row, place: int) -> None:
        known = self._waiting.get(row.event_id)
        if not row.incident or known is None or known[place] == row.incident:
            return
        known[place] = row.incident
        own = (self._before, self._after)[place].openings.get(row.incident)
        if own is not None:
            own.alerts += 1
        if all(known):
            self._link(known[0], known[1])

    def _close(self, before: Page, after: Page) -> None:
        """Let go of what is over and alike, so that only differences take memory."""
        for side, page in ((self._before, before), (self._after, after)):
            side.closed.update(page.closed)
            side.closed.difference_update(
                row.incident for row in page.rows if row.kind == DecisionKind.REOPEN
            )
        for old in before.closed:
            linked = self._links.get(old, {})
            if len(linked) == 1:
                self._folding.append((before.until + self._keep, old, next(iter(linked))))
        while self._folding and self._folding[0][0] < before.until:
            _, old, new = self._folding.popleft()
            if self._are_alike(old, new):
                self._same += 1
                del self._before.openings[old], self._after.openings[new], self._links[old], self._back[new]
                self._before.closed.discard(old)
                self._after.closed.discard(new)

    def _are_alike(self, old: int, new: int) -> bool:
        if old not in self._before.closed or new not in self._after.closed:
            return False
        if set(self._links.get(old, ())) != {new} or self._back.get(new) != {old}:
            return False
        return self._before.openings[old].is_like(self._after.openings[new])


def _open(side: Side, openings: list[Opening]) -> None:
    for one in openings:
        side.openings[one.incident] = Alike(
            one.incident, one.at, one.rule, one.title, one.environment, one.text, one.severity
        )


def _count_pages(side: Side, paged: list[int]) -> None:
    for number in paged:
        if number in side.openings:
            side.openings[number].pages += 1
