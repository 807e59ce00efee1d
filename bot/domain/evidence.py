"""What an incident's alerts say about where its cause lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.suspects import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.domain.incident import Incident


def evidence_of(incident: Incident, occurrences: Iterable[Occurrence], at: datetime) -> Evidence:
    """The evidence of an incident from all occurrences that ever belonged to it, as of `at`.

    An incident without alerts, one that was declared, is about its services since its onset.
    """
    onsets: dict[str, datetime] = {}
    for one in occurrences:
        onset = min(one.starts_at, one.received_at)
        onsets[one.service] = min(onset, onsets.get(one.service, onset))
    known = onsets or dict.fromkeys(incident.services, incident.onset)
    return Evidence(incident.id, incident.environment, at, known)
