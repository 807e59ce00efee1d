"""Alerts, groups and incidents as `decide` needs them: read and written in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.decisions import Snapshot
from bot.domain.timer import TimerKind
from bot.domain.waking import concerned
from bot.store.group_rows import GROUP_COLUMNS, OWNERS, group_of, save_groups
from bot.store.incident_rows import insert_incidents, update_incidents
from bot.store.inhibitors import read_all_inhibitors, read_inhibitors, write_inhibitors
from bot.store.locks import lock_openings
from bot.store.occurrence_rows import save_occurrences
from bot.store.rows import (
    ALERT,
    ALERT_COLUMNS,
    INCIDENT,
    INCIDENT_COLUMNS,
    OCCURRENCE,
    OCCURRENCE_COLUMNS,
    incident_of,
    occurrence_of,
)
from bot.store.timeline import add_entries
from bot.store.united import Part, United

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.decisions import Outcome
    from bot.domain.inhibition import Inhibitor
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.rules import Routed
    from bot.domain.timer import Timer
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
_CONCERNED: Final = f"""
    SELECT {INCIDENT} FROM incidents i WHERE i.id = ANY(
        ARRAY(SELECT incident_id FROM known UNION SELECT incident_id FROM owners)::uuid[]
    )
"""
# Of each service only the incident that was heard of last can be the nearest.
_NEIGHBOURS: Final = f"""
    SELECT DISTINCT ON (w.environment, w.service) {INCIDENT}
    FROM unnest($4::text[], $5::text[], $6::timestamptz[]) AS w (environment, service, heard_since)
    JOIN incidents i ON i.environment = w.environment AND i.state <> 'resolved' AND NOT i.storm
        AND w.service = ANY(i.services) AND i.last_alert_at >= w.heard_since
    ORDER BY w.environment, w.service, i.last_alert_at DESC, i.id
"""
_HELD: Final = f"""
    SELECT {OCCURRENCE}
    FROM unnest($7::text[], $8::timestamptz[]) AS h (key, since)
    JOIN occurrences o ON o.group_key = h.key AND o.incident_id IS NULL AND o.status = 'firing'
        AND o.group_key <> '' AND o.quiet IN ('', 'expired:' || h.key) AND o.received_at >= h.since
"""
_STORMS: Final = f"""
    SELECT {INCIDENT} FROM incidents i
    WHERE i.environment = ANY($9::text[]) AND i.state <> 'resolved' AND i.storm
"""
# As many as make a storm say whether there is one; in a storm there are hundreds.
_OPENINGS: Final = """
    SELECT e.environment, ARRAY(
        SELECT g.opened_at FROM groups g
        WHERE g.environment = e.environment AND g.opened_at > e.since AND g.how IN ('opened', 'storm')
        ORDER BY g.opened_at DESC LIMIT $11
    ) AS times
    FROM unnest($9::text[], $10::timestamptz[]) AS e (environment, since)
"""
_KNOWN_AND_OWNERS: Final = f"WITH known AS ({_KNOWN}), owners AS ({OWNERS})"
_PARTS: Final = (
    Part("known", ALERT_COLUMNS, "TABLE known"),
    Part("owner", GROUP_COLUMNS, "TABLE owners"),
    Part("incident", INCIDENT_COLUMNS, _CONCERNED),
)
_LOAD: Final = United(*_PARTS, first=_KNOWN_AND_OWNERS)
_LOAD_OPENING: Final = United(
    *_PARTS,
    Part("incident", INCIDENT_COLUMNS, _NEIGHBOURS),
    Part("incident", INCIDENT_COLUMNS, _STORMS),
    Part("held", OCCURRENCE_COLUMNS, _HELD),
    Part("opening", ("environment", "times"), _OPENINGS),
    first=_KNOWN_AND_OWNERS,
)
_FIRING: Final = f"""
    SELECT {OCCURRENCE} FROM occurrences o
    WHERE (o.source, o.fingerprint) > ($1, $2) AND o.status = 'firing'
    ORDER BY o.source, o.fingerprint LIMIT $3
"""
_CAUSES: Final = """
    SELECT DISTINCT quiet FROM occurrences
    WHERE incident_id IS NULL AND quiet <> '' AND status = 'firing' ORDER BY quiet
"""
_AFTER: Final = "($3::timestamptz IS NULL OR (o.received_at, o.source, o.fingerprint) > ($3, $4, $5))"
# The latest occurrence of each alert alone: only that one can fire.
_ABOUT: Final = {
    TimerKind.RECONSIDER: "o.quiet = $1 AND o.quiet <> '' AND o.incident_id IS NULL AND o.status = 'firing'",
    TimerKind.HELD: "o.group_key = $1 AND o.group_key <> '' AND o.incident_id IS NULL"
    " AND o.status = 'firing' AND o.quiet = ''",
}
_WAITING: Final = {
    kind: f"""
    SELECT {OCCURRENCE} FROM occurrences o WHERE {about} AND {_AFTER}
    ORDER BY o.received_at, o.source, o.fingerprint LIMIT $2
"""
    for kind, about in _ABOUT.items()
}
_WHERE_THEY_WAIT: Final = {
    kind: f"SELECT DISTINCT o.environment FROM occurrences o WHERE {about}" for kind, about in _ABOUT.items()
}


class BoardTables:
    """The `Board` port on PostgreSQL."""

    def __init__(self, session: Session, quiets: QuietTable) -> None:
        self._session = session
        self._quiets = quiets
        self._loaded: dict[tuple[str, str, datetime], Occurrence] = {}

    async def lock(self, environments: Collection[str]) -> None:
        """Take the opening locks of these environments, in sorted order, until the transaction ends."""
        await lock_openings(self._session, environments)

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
            snapshot.inhibitors = await read_inhibitors(self._session, inhibitions)
        keys = sorted({one.event.key for one in routed})
        groups = sorted({one.group_key for one in routed if one.group_key})
        wanted = [[key[0] for key in keys], [key[1] for key in keys], groups]
        if opening is None:
            found = await _LOAD.fetch(self._session, *wanted)
        else:
            found = await _LOAD_OPENING.fetch(self._session, *wanted, *_wanted_of(opening))
        _fill(snapshot, found)
        self._loaded |= {(*key, one.starts_at): one for key, one in snapshot.occurrences.items()}
        return snapshot

    async def concerned(self, timer: Timer, limit: int, after: Occurrence | None = None) -> list[Occurrence]:
        """The alerts that a timer is about (see `waking`), those first that were heard of first.

        `after` is the last of those that are passed over.
        """
        wanted = _WAITING.get(timer.kind)
        if wanted is None:
            return []
        place = (after.received_at, *after.key) if after is not None else (None, None, None)
        found = map(occurrence_of, await self._session.fetch(wanted, timer.subject, limit, *place))
        return concerned(timer, found)

    async def environments(self, timer: Timer) -> set[str]:
        """Where the alerts are that a timer is about."""
        wanted = _WHERE_THEY_WAIT.get(timer.kind)
        return (
            set() if wanted is None else {row[0] for row in await self._session.fetch(wanted, timer.subject)}
        )

    async def firing(self, after: AlertKey, limit: int) -> list[Occurrence]:
        """Alerts that fire, with their labels, in the order of their keys, those after that one."""
        return list(map(occurrence_of, await self._session.fetch(_FIRING, *after, limit)))

    async def causes(self) -> list[str]:
        """Everything that keeps alerts which fire from an incident for a while."""
        return [row["quiet"] for row in await self._session.fetch(_CAUSES)]

    async def inhibitors(self) -> dict[tuple[str, AlertKey], Inhibitor]:
        """The source alerts that inhibit others, by key and alert."""
        return await read_all_inhibitors(self._session)

    async def save(self, outcome: Outcome) -> None:
        """Write what a batch changed, in sets; when it is written, new incidents have their numbers.

        An occurrence that `load` has not seen in this transaction is entered as new.

        Raises:
            ConflictError: an incident's version, an open group key or an alert's occurrence was taken by
                somebody else; at the latest when the transaction commits.
        """
        await self._quiets.still(outcome.relied_on.values())
        touched = [outcome.incidents[key] for key in sorted(outcome.incidents)]
        await update_incidents(self._session, [incident for incident in touched if incident.version > 1])
        await insert_incidents(self._session, [incident for incident in touched if incident.version == 1])
        await save_groups(self._session, [outcome.groups[key] for key in sorted(outcome.groups)])
        changed = {(o.source, o.fingerprint, o.starts_at): o for o in outcome.superseded}
        changed |= {(o.source, o.fingerprint, o.starts_at): o for o in outcome.occurrences.values()}
        await save_occurrences(self._session, [changed[key] for key in sorted(changed)], self._loaded)
        await add_entries(self._session, outcome.timeline)
        if outcome.inhibiting:
            await write_inhibitors(self._session, outcome.inhibiting)


def _wanted_of(opening: OpeningScope) -> list[Any]:
    """The parameters of what an opening needs."""
    services = [(*place, since) for place, since in opening.services.items()]
    since = opening.openings_since
    return [
        *([place[column] for place in services] for column in range(3)),
        list(opening.held),
        list(opening.held.values()),
        list(since),
        list(since.values()),
        opening.most_openings,
    ]


def _fill(snapshot: Snapshot, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Enter the rows of each part."""
    for row in found["known"]:
        known = occurrence_of(row, labelled=False)
        snapshot.occurrences[known.source, known.fingerprint] = known
    for row in found["owner"]:
        group = group_of(row)
        snapshot.groups[group.key] = group
    for row in found["incident"]:
        incident = incident_of(row)
        snapshot.incidents.setdefault(incident.id, incident)
    held = map(occurrence_of, found.get("held", ()))
    for one in sorted(held, key=lambda one: (one.received_at, one.source, one.fingerprint)):
        alert: AlertKey = (one.source, one.fingerprint)
        snapshot.occurrences[alert] = one
        snapshot.held.setdefault(one.group_key, []).append(alert)
    for row in found.get("opening", ()):
        if row["times"]:
            snapshot.openings[row["environment"]] = row["times"][::-1]
