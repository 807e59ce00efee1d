"""What an incident's alerts say about where its cause lies."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from bot.domain.alert import AlertStatus
from bot.domain.suspects import MOST_SEEN, Evidence, Seen, first_onsets, stated_onsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.incident import Incident


def evidence_of(
    incident: Incident,
    occurrences: Iterable[Occurrence],
    at: datetime,
    before: Mapping[AlertKey, datetime] | None = None,
) -> Evidence:
    """The evidence of an incident from all occurrences that ever belonged to it, as of `at`.

    `before`: for alerts that had fired earlier within the look-back, not in this incident, since when. An
    incident without alerts, one that was declared, is about its services since its onset.
    """
    own = list(occurrences)
    onsets = first_onsets((one.service, min(one.starts_at, one.received_at)) for one in own)
    known = onsets or stated_onsets(incident.services, incident.onset)
    earlier = before or {}
    first = nsmallest(MOST_SEEN, own, key=lambda one: (one.starts_at, one.source, one.fingerprint))
    return Evidence(
        incident.id,
        incident.environment,
        at,
        known,
        tuple(seen(one, at, earlier.get(one.key)) for one in first),
    )


def seen(occurrence: Occurrence, at: datetime, before: datetime | None = None) -> Seen:
    """One alert as ranking reads it; an end after `at` lies in the future."""
    ended = (occurrence.ends_at or at) if occurrence.status is AlertStatus.RESOLVED else None
    return Seen(
        service=occurrence.service,
        name=occurrence.name,
        onset=min(occurrence.starts_at, occurrence.received_at),
        ended_at=ended if ended is None or ended <= at else None,
        summary=occurrence.annotations.get("summary", ""),
        labels=occurrence.labels,
        before=before,
    )
