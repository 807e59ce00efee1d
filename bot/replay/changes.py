"""The changes that a replay knows, by service and time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, may_be_one
from bot.domain.change import LONGEST_ROLLOUT, merged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime, timedelta

    from bot.domain.change import Change
    from bot.domain.incident import Incident
    from bot.domain.suspects import Evidence

    _Entry = tuple[datetime, str, str, Change]
    """A change under its time, source and id, by which the changes of a service are in order."""

MOST_OF_A_SERVICE: Final = 500
"""As many candidates of one service are weighed, the latest; the store reads no more either."""


class Changes:
    """Every change once, as it was last stated."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Change] = {}
        self._order: dict[str, list[_Entry]] = {}
        self._undoing: dict[tuple[str, str], Change] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Change]:
        return iter(self._known.values())

    def known(self, change: Change) -> Change | None:
        """The same change as it is known so far."""
        return self._known.get((change.source, change.change_id))

    def add(self, change: Change) -> Change | None:
        """Keep the change; gives it as it stands now, None where a newer statement or all of it is known."""
        key = (change.source, change.change_id)
        known = self._known.get(key)
        if known is not None:
            if known.received_at > change.received_at:
                return None
            change = merged(known, change)
            if replace(change, received_at=known.received_at) == known:
                return None
            self._drop(known)
        self._known[key] = change
        if change.undoes:
            self._undoing[key] = change
        insort(self._order.setdefault(change.service, []), (change.time, *key, change))
        return change

    def candidates(self, evidence: Evidence, services: Collection[str], look_back: timedelta) -> list[Change]:
        """The changes to these services in the incident's environment, where both are known.

        From `look_back` before its onset until the moment that is looked at; of each service the latest.
        """
        since, until = evidence.onset - look_back, evidence.at
        begun = since - LONGEST_ROLLOUT
        anywhere, environments = evidence.environment == UNKNOWN, {evidence.environment, UNKNOWN}
        found: list[Change] = []
        for service in sorted(services) if len(services) < len(self._order) else sorted(self._order):
            order = self._order.get(service)
            if order is None or service not in services:
                continue
            first = bisect_left(order, since, key=_time)
            made = order[first : bisect_right(order, until, first, key=_time)]
            begun_before = order[bisect_left(order, begun, 0, first, key=_time) : first]
            made[:0] = [entry for entry in begun_before if entry[3].waves and entry[3].latest >= since]
            there = [
                change for _, _, _, change in reversed(made) if anywhere or change.environment in environments
            ]
            found += there[:MOST_OF_A_SERVICE]
        return found

    def rolled_back(self, incident: Incident) -> bool:
        """Whether anything was rolled back since the onset of the incident, where it is."""
        return any(
            change.time >= incident.onset and may_be_one(change.environment, incident.environment)
            for change in self._undoing.values()
        )

    def forget(self, before: datetime) -> None:
        """Drop what was changed before then, its latest wave included."""
        for service, order in list(self._order.items()):
            if order[0][0] >= before:
                continue
            old = bisect_left(order, before, key=_time)
            over = [entry for entry in order[:old] if entry[3].latest < before]
            for _, *key, _ in over:
                del self._known[key[0], key[1]]
                self._undoing.pop((key[0], key[1]), None)
            if over:
                order[:old] = [entry for entry in order[:old] if entry[3].latest >= before]
            if not order:
                del self._order[service]

    def _drop(self, change: Change) -> None:
        """Before it is filed as it stands now."""
        key, order = (change.source, change.change_id), self._order[change.service]
        del order[bisect_left(order, (change.time, *key), key=_file)]
        if not order:
            del self._order[change.service]
        self._undoing.pop(key, None)


def _time(entry: _Entry) -> datetime:
    return entry[0]


def _file(entry: _Entry) -> tuple[datetime, str, str]:
    return entry[:3]
