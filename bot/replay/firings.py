"""When each alert of a replay has fired, as far back as it counts as having been there before an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.precedents import FIRED_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.incident import Incident


class Firings:
    """Every firing by its alert, with the incident that it belongs to."""

    def __init__(self) -> None:
        self._known: dict[AlertKey, dict[datetime, str | None]] = {}

    def hear(self, occurrence: Occurrence) -> None:
        """Remember a firing, or where it belongs by now."""
        self._known.setdefault(occurrence.key, {})[occurrence.starts_at] = occurrence.incident_id

    def before(self, incident: Incident, keys: Iterable[AlertKey]) -> Mapping[AlertKey, datetime]:
        """Of these alerts, those that had fired before the incident, not in it: since when."""
        found: dict[AlertKey, datetime] = {}
        for key in keys:
            earlier = [
                at
                for at, home in self._known.get(key, {}).items()
                if incident.onset - FIRED_WITHIN <= at < incident.onset and home != incident.id
            ]
            if earlier:
                found[key] = min(earlier)
        return found

    def forget(self, before: datetime) -> None:
        """Drop what fired before then."""
        for key, firings in list(self._known.items()):
            kept = {at: home for at, home in firings.items() if at >= before}
            if not kept:
                del self._known[key]
            elif len(kept) < len(firings):
                self._known[key] = kept
