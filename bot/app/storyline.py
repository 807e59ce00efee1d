"""An incident's timeline: the stored lines, and those that are read off its alerts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.decisions import TimelineEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain.alert import AlertKey, Occurrence


def storyline(
    stored: Iterable[TimelineEntry], occurrences: Iterable[Occurrence]
) -> tuple[TimelineEntry, ...]:
    """All lines by time; what was stored comes before what is read off alerts of the same moment."""
    read_off = [line for occurrence in occurrences for line in alert_lines(occurrence)]
    return tuple(sorted([*stored, *read_off], key=lambda entry: entry.time))


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
