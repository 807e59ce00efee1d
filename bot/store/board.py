"""Alerts, groups and incidents as `decide` needs them: read and written in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.decisions import Snapshot
from bot.domain.effects import TimerKind
from bot.domain.waking import concerned
from bot.store.group_rows import read_groups, save_groups
from bot.store.incident_rows import insert_incidents, update_incidents
from bot.store.inhibitors import read_inhibitors, write_inhibitors
from bot.store.locks import lock_openings
from bot.store.occurrence_rows import save_occurrences
from bot.store.rows import ALERT, INCIDENT, OCCURRENCE, incident_of, occurrence_of
from bot.store.timeline import add_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.decisions import Outcome
    from bot.domain.effects import Timer
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.rules import Routed
    from bot.store.quiets import QuietTable
    from bot.store.session import Session

# Labels and annotations are left out: `decide` does not look at those of what it knows already.
_KNOWN: Final = f"""
    SELECT {ALERT}
    FROM unnest($1::text[], $2::text[]) AS k (source, fingerprint)
    CROSS JOIN LATERAL (
        SELECT * FROM occurrences o WHERE o.source = k.source AND o.fingerprint = k.fingerprint
        ORDER BY o.starts_at DESC LIMIT 1
    ) o
"""
_INCIDENTS: Final = f"SELECT {INCIDENT} FROM incidents i WHERE i.id = ANY($1::uuid[])"
# Of each service only the incident that was heard of last can be the nearest.
_NEIGHBOURS: Final = f"""
    SELECT DISTINCT ON (w.environment, w.service) {INCIDENT}
    FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS w (environment, service, heard_since)
    JOIN incidents i ON i.environment = w.environment AND i.state <> 'resolved' AND NOT i.storm
        AND w.service = ANY(i.services) AND i.last_alert_at >= w.heard_since
    ORDER BY w.environment, w.service, i.last_alert_at DESC, i.id
"""
_STORMS: Final = f"""
    SELECT {INCIDENT} FROM incidents i
    WHERE i.environment = ANY($1::text[]) AND i.state <> 'resolved' AND i.storm
"""
_HELD: Final = f"""
    SELECT {OCCURRENCE}
    FROM unnest($1::text[], $2::timestamptz[]) AS h (key, since)
    JOIN occurrences o ON o.group_key = h.key AND o.incident_id IS NULL AND o.status = 'firing'
        AND o.group_key <> '' AND o.quiet = '' AND o.received_at >= h.since
    ORDER BY o.received_at, o.source, o.fingerprint
"""
# The latest occurrence of each alert alone: only that one can fire.
_QUIET: Final = f"""
    SELECT {OCCURRENCE} FROM occurrences o
    WHERE o.quiet = $1 AND o.quiet <> '' AND o.incident_id IS NULL AND o.status = 'firing'
    ORDER BY o.received_at, o.source, o.fingerprint LIMIT $2
"""
_WAITING: Final = f"""
    SELECT {OCCURRENCE} FROM occurrences o
    WHERE o.group_key = $1 AND o.group_key <> '' AND o.incident_id IS NULL AND o.status = 'firing'
        AND o.quiet = ''
    ORDER BY o.received_at, o.source, o.fingerprint LIMIT $2
"""
_OPENINGS: Final = """
    SELECT g.environment, g.opened_at
    FROM unnest($1::text[], $2::timestamptz[]) AS e (environment, since)
    JOIN groups g ON g.environment = e.environment AND g.opened_at > e.since AND g.how IN ('opened', 'storm')
    ORDER BY g.opened_at
"""


class BoardTables:
    """The `Board` port on PostgreSQL."""

    def __init__(self, session: Session, quiets: QuietTable) -> None:
        self._raw = session.raw
        self._quiets = quiets
        self._loaded: dict[tuple[str, str, datetime], Occurrence] = {}

    async def lock(self, environments: Collection[str]) -> None:
        """Take the opening locks of these environments, in sorted order, until the transaction ends."""
        await lock_openings(self._raw, environments)

    async def load(
        self,
        routed: Sequence[Routed],
        opening: OpeningScope | None,
        inhibitions: Collection[str] = (),
    ) -> Snapshot:
        """What is known about the alerts and groups of a batch; known labels are left out.

        With `opening`, what an opening needs too: neighbours' open incidents, held alerts, recent openings.
        `inhibitions` are the keys under which alerts of the batch inhibit or may be inhibited.
        """
        snapshot = Snapshot(quiet=await self._quiets.current())
        if inhibitions:
            snapshot.inhibitors = await read_inhibitors(self._raw, inhibitions)
        keys = sorted({one.event.key for one in routed})
        rows = await self._raw.fetch(_KNOWN, [key[0] for key in keys], [key[1] for key in keys])
        snapshot.occurrences = {
            (row["source"], row["fingerprint"]): occurrence_of(row, labelled=False) for row in rows
        }
        groups = sorted({one.group_key for one in routed if one.group_key})
        snapshot.groups = await read_groups(self._raw, groups)
        wanted = {group.incident_id for group in snapshot.groups.values()}
        wanted.update(o.incident_id for o in snapshot.occurrences.values() if o.incident_id is not None)
        if wanted:
            self._take(snapshot, await self._raw.fetch(_INCIDENTS, sorted(wanted)))
        if opening is not None:
            await self._load_opening(snapshot, opening)
        self._loaded |= {(*key, one.starts_at): one for key, one in snapshot.occurrences.items()}
        return snapshot

    async def concerned(self, timer: Timer, limit: int) -> list[Occurrence]:
        """The alerts that a timer is about (see `waking`), those that were heard of first."""
        wanted = {TimerKind.RECONSIDER: _QUIET, TimerKind.HELD: _WAITING}.get(timer.kind)
        if wanted is None:
            return []
        found = map(occurrence_of, await self._raw.fetch(wanted, timer.subject, limit))
        return concerned(timer, found)

    async def _load_opening(self, snapshot: Snapshot, opening: OpeningScope) -> None:
        services = [(*place, since) for place, since in opening.services.items()]
        if services:
            found = await self._raw.fetch(_NEIGHBOURS, *_columns(services, 3))
            self._take(snapshot, found)
        if opening.held:
            for row in await self._raw.fetch(_HELD, list(opening.held), list(opening.held.values())):
                key: AlertKey = (row["source"], row["fingerprint"])
                snapshot.occurrences[key] = occurrence_of(row)
                snapshot.held.setdefault(row["group_key"], []).append(key)
        since = opening.openings_since
        if since:
            self._take(snapshot, await self._raw.fetch(_STORMS, list(since)))
            for row in await self._raw.fetch(_OPENINGS, list(since), list(since.values())):
                snapshot.openings.setdefault(row["environment"], []).append(row["opened_at"])

    @staticmethod
    def _take(snapshot: Snapshot, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            incident = incident_of(row)
            snapshot.incidents.setdefault(incident.id, incident)

    async def save(self, outcome: Outcome) -> None:
        """Write what a batch changed, in sets, and give new incidents their numbers.

        An occurrence that `load` has not seen in this transaction is entered as new.

        Raises:
            ConflictError: an incident's version, an open group key or an alert's occurrence was taken by
                somebody else.
        """
        await self._quiets.still(outcome.relied_on.values())
        touched = [outcome.incidents[key] for key in sorted(outcome.incidents)]
        await update_incidents(self._raw, [incident for incident in touched if incident.version > 1])
        await insert_incidents(self._raw, [incident for incident in touched if incident.version == 1])
        await save_groups(self._raw, [outcome.groups[key] for key in sorted(outcome.groups)])
        changed = {(o.source, o.fingerprint, o.starts_at): o for o in outcome.superseded}
        changed |= {(o.source, o.fingerprint, o.starts_at): o for o in outcome.occurrences.values()}
        await save_occurrences(self._raw, [changed[key] for key in sorted(changed)], self._loaded)
        await add_entries(self._raw, outcome.timeline)
        if outcome.inhibiting:
            await write_inhibitors(self._raw, outcome.inhibiting)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
