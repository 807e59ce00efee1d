"""An incident's timeline: the stored lines, and those that are read off its alerts. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.decisions import TimelineEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence

NEWEST: Final = 20
"""So many of an alert's occurrences are told, the newest, and the first; one may fire thousands of times."""


def storyline(
    stored: Iterable[TimelineEntry],
    occurrences: Iterable[Occurrence],
    passed_over: Mapping[AlertKey, int],
) -> tuple[TimelineEntry, ...]:
    """All lines by time; what was stored comes before what is read off alerts of the same moment.

    `passed_over` says how many occurrences of an alert are not among those that are given (see `NEWEST`).
    """
    of_alert: dict[AlertKey, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        of_alert[occurrence.key].append(occurrence)
    read_off = [line for each in of_alert.values() for one in each for line in alert_lines(one)]
    for key, count in passed_over.items():
        if count:
            _, after, *_ = sorted(of_alert[key], key=lambda one: one.starts_at)
            read_off += _line(after, _fired(after), "alert_repeats", f"has fired {count} times more by then.")
    return tuple(sorted([*stored, *read_off], key=lambda entry: entry.time))


def alert_lines(occurrence: Occurrence) -> Iterator[TimelineEntry]:
    """That it fired, and that it ended, each at the alert's own time (not after its receipt)."""
    fired = _fired(occurrence)
    yield from _line(occurrence, fired, "alert_firing", "fires.")
    if occurrence.status is AlertStatus.RESOLVED:
        ended = max(fired, min(occurrence.ends_at or occurrence.received_at, occurrence.received_at))
        yield from _line(occurrence, ended, "alert_ended", "ended.")


def _fired(occurrence: Occurrence) -> datetime:
    return min(occurrence.starts_at, occurrence.received_at)


def _line(occurrence: Occurrence, time: datetime, kind: str, what: str) -> Iterator[TimelineEntry]:
    """What it did; nothing is told of one that belongs to no incident."""
    if occurrence.incident_id is not None:
        where = f" on {occurrence.service}" if occurrence.service != UNKNOWN else ""
        text = f"{occurrence.name}{where} {what}"
        yield TimelineEntry(occurrence.incident_id, time, kind, text, occurrence.source)


def latest(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """The latest occurrence of each alert, by onset."""
    newest: dict[AlertKey, Occurrence] = {}
    for occurrence in occurrences:
        known = newest.get(occurrence.key)
        if known is None or occurrence.starts_at > known.starts_at:
            newest[occurrence.key] = occurrence
    return tuple(sorted(newest.values(), key=lambda o: (o.starts_at, o.source, o.fingerprint)))
