"""An incident's timeline: the stored lines, and those that are read off its alerts. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.decisions import TimelineEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    read_off += [
        line for key, count in passed_over.items() if count for line in _passed_over(of_alert[key], count)
    ]
    return tuple(sorted([*stored, *read_off], key=lambda entry: entry.time))


def _passed_over(told: Iterable[Occurrence], count: int) -> Iterator[TimelineEntry]:
    """That it fired more often than is told, between the first time and the next that is."""
    _, after, *_ = sorted(told, key=lambda one: one.starts_at)
    for line in alert_lines(after):
        if line.kind == "alert_firing":
            text = f"{line.text.removesuffix(' fires.')} has fired {count} times more by then."
            yield TimelineEntry(line.incident_id, line.time, "alert_repeats", text, line.source)


def in_short(occurrences: Iterable[Occurrence]) -> tuple[list[Occurrence], dict[AlertKey, int]]:
    """The occurrences that are told, and of each alert how many are not; the store reads these alone."""
    of_alert: dict[AlertKey, list[Occurrence]] = defaultdict(list)
    for occurrence in sorted(occurrences, key=lambda one: one.starts_at):
        of_alert[occurrence.key].append(occurrence)
    told, passed_over = [], {}
    for key, each in of_alert.items():
        passed_over[key] = max(0, len(each) - NEWEST - 1)
        told += each[:1] + each[1:][-NEWEST:]
    return told, passed_over


def alert_lines(occurrence: Occurrence) -> Iterator[TimelineEntry]:
    """That it fired, and that it ended, each at the alert's own time (not after its receipt)."""
    if occurrence.incident_id is None:
        return
    where = f" on {occurrence.service}" if occurrence.service != UNKNOWN else ""
    fired = min(occurrence.starts_at, occurrence.received_at)
    yield TimelineEntry(
        occurrence.incident_id, fired, "alert_firing", f"{occurrence.name}{where} fires.", occurrence.source
    )
    if occurrence.status is AlertStatus.RESOLVED:
        ended = max(fired, min(occurrence.ends_at or occurrence.received_at, occurrence.received_at))
        yield TimelineEntry(
            occurrence.incident_id,
            ended,
            "alert_ended",
            f"{occurrence.name}{where} ended.",
            occurrence.source,
        )


def latest(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """The latest occurrence of each alert, by onset."""
    newest: dict[AlertKey, Occurrence] = {}
    for occurrence in occurrences:
        known = newest.get(occurrence.key)
        if known is None or occurrence.starts_at > known.starts_at:
            newest[occurrence.key] = occurrence
    return tuple(sorted(newest.values(), key=lambda o: (o.starts_at, o.source, o.fingerprint)))
