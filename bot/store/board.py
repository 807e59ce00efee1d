"""Alerts, groups and incidents as `decide` needs them: read and written in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.decisions import Group, Snapshot
from bot.domain.effects import TimerKind
from bot.domain.errors import ConflictError
from bot.domain.waking import concerned
from bot.store.incident_rows import insert_incidents, update_incidents
from bot.store.inhibitors import read_inhibitors, write_inhibitors
from bot.store.locks import lock_openings
from bot.store.rows import INCIDENT, OCCURRENCE, incident_of, occurrence_of
from bot.store.timeline import add_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertKey
    from bot.domain.decisions import Outcome
    from bot.domain.effects import Timer
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.rules import Routed
    from bot.store.quiets import QuietTable
    from bot.store.session import Session

_STATUSES: Final = {status.value: status for status in AlertStatus}
_NOTHING: Final[Mapping[str, str]] = {}

# Labels and annotations are left out: `decide` does not look at those of what it knows already.
_KNOWN: Final = """
    SELECT k.source, k.fingerprint, o.starts_at, o.status, o.ends_at, o.name, o.service, o.environment,
           o.generator_url, o.received_at, o.group_key, o.rule, o.incident_id::text AS incident_id, o.quiet
    FROM unnest($1::text[], $2::text[]) AS k (source, fingerprint)
    CROSS JOIN LATERAL (
        SELECT * FROM occurrences o WHERE o.source = k.source AND o.fingerprint = k.fingerprint
        ORDER BY o.starts_at DESC LIMIT 1
    ) o
"""
_GROUPS: Final = """
    SELECT g.key, g.incident_id::text AS incident_id, g.environment, g.rule, g.how, g.opened_at, g.open
    FROM unnest($1::text[]) AS k (key)
    CROSS JOIN LATERAL (
        SELECT * FROM groups g WHERE g.key = k.key ORDER BY g.open DESC, g.opened_at DESC LIMIT 1
    ) g
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
_HELD: Final = """
    SELECT o.source, o.fingerprint, o.starts_at, o.status, o.ends_at, o.name, o.service, o.environment,
           o.generator_url, o.received_at, o.group_key, o.rule, o.incident_id::text AS incident_id, o.quiet,
           o.labels, o.annotations
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
_SAVE_GROUPS: Final = """
    INSERT INTO groups (key, incident_id, environment, rule, how, opened_at, open)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                         $7::boolean[])
    ON CONFLICT (key, incident_id) DO UPDATE SET
        how = excluded.how, opened_at = excluded.opened_at, open = excluded.open
"""
_RELEASE_GROUPS: Final = """
    UPDATE groups g SET open = false FROM unnest($1::text[], $2::uuid[]) AS r (key, incident_id)
    WHERE g.key = r.key AND g.incident_id = r.incident_id
"""
_OCCURRENCE_COLUMNS: Final = (
    "source", "fingerprint", "starts_at", "status", "ends_at", "name", "service", "environment", "labels",
    "annotations", "generator_url", "received_at", "group_key", "rule", "incident_id", "quiet",
)  # fmt: skip
# The rank of what is known: a late `firing` never undoes a `resolved`, an earlier end never a later one.
_CHANGE_OCCURRENCES: Final = """
    UPDATE occurrences o SET status = n.status, ends_at = n.ends_at, received_at = n.received_at,
        group_key = n.group_key, rule = n.rule, incident_id = n.incident_id, quiet = n.quiet
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                $7::text[], $8::text[], $9::uuid[], $10::text[])
        AS n (source, fingerprint, starts_at, status, ends_at, received_at, group_key, rule, incident_id,
              quiet)
    WHERE o.source = n.source AND o.fingerprint = n.fingerprint AND o.starts_at = n.starts_at
        AND (o.status, coalesce(o.ends_at, '-infinity')) <= (n.status, coalesce(n.ends_at, '-infinity'))
"""
# Of an occurrence that has ended nothing else is new.
_END_OCCURRENCES: Final = """
    UPDATE occurrences o SET status = 'resolved', ends_at = n.ends_at, received_at = n.received_at
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
        AS n (source, fingerprint, starts_at, ends_at, received_at)
    WHERE o.source = n.source AND o.fingerprint = n.fingerprint AND o.starts_at = n.starts_at
        AND (o.status = 'firing' OR o.ends_at IS NULL OR o.ends_at <= n.ends_at)
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
        snapshot.occurrences = {(row["source"], row["fingerprint"]): _known(row) for row in rows}
        groups = sorted({one.group_key for one in routed if one.group_key})
        for row in await self._raw.fetch(_GROUPS, groups) if groups else ():
            snapshot.groups[row["key"]] = _group(row)
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
                snapshot.occurrences[key] = _known(row, with_labels=True)
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
        await self._save_groups([outcome.groups[key] for key in sorted(outcome.groups)])
        changed = {(o.source, o.fingerprint, o.starts_at): o for o in outcome.superseded}
        changed |= {(o.source, o.fingerprint, o.starts_at): o for o in outcome.occurrences.values()}
        await self._save_occurrences([changed[key] for key in sorted(changed)])
        await add_entries(self._raw, outcome.timeline)
        if outcome.inhibiting:
            await write_inhibitors(self._raw, outcome.inhibiting)

    async def _save_groups(self, groups: Sequence[Group]) -> None:
        # A key is free for its next owner only when the one before has let go of it.
        released = [group for group in groups if not group.open]
        if released:
            await self._raw.execute(
                _RELEASE_GROUPS, [g.key for g in released], [g.incident_id for g in released]
            )
        opened = [group for group in groups if group.open]
        if opened:
            await self._raw.execute(
                _SAVE_GROUPS,
                [g.key for g in opened],
                [g.incident_id for g in opened],
                [g.environment for g in opened],
                [g.rule for g in opened],
                [g.how for g in opened],
                [g.opened_at for g in opened],
                [g.open for g in opened],
            )

    async def _save_occurrences(self, occurrences: Sequence[Occurrence]) -> None:
        new: list[Occurrence] = []
        ended: list[Occurrence] = []
        changed: list[Occurrence] = []
        for one in occurrences:
            known = self._loaded.get((one.source, one.fingerprint, one.starts_at))
            if known is None:
                new.append(one)
            elif one.status is AlertStatus.RESOLVED and one.incident_id == known.incident_id:
                ended.append(one)
            else:
                changed.append(one)
        await self._enter(new)
        await self._end(ended)
        await self._change(changed)

    async def _enter(self, occurrences: Sequence[Occurrence]) -> None:
        """Where another transaction has entered one meanwhile, its key conflicts, and we begin again."""
        if not occurrences:
            return
        dumps = orjson.dumps
        await self._raw.copy_records_to_table(
            "occurrences",
            columns=_OCCURRENCE_COLUMNS,
            records=[
                (
                    o.source,
                    o.fingerprint,
                    o.starts_at,
                    o.status,
                    o.ends_at,
                    o.name,
                    o.service,
                    o.environment,
                    dumps(o.labels).decode(),
                    dumps(o.annotations).decode(),
                    o.generator_url,
                    o.received_at,
                    o.group_key,
                    o.rule,
                    o.incident_id,
                    o.quiet,
                )
                for o in occurrences
            ],
        )

    async def _end(self, occurrences: Sequence[Occurrence]) -> None:
        if not occurrences:
            return
        status = await self._raw.execute(
            _END_OCCURRENCES,
            [o.source for o in occurrences],
            [o.fingerprint for o in occurrences],
            [o.starts_at for o in occurrences],
            [o.ends_at for o in occurrences],
            [o.received_at for o in occurrences],
        )
        _all_written(status, occurrences)

    async def _change(self, occurrences: Sequence[Occurrence]) -> None:
        if not occurrences:
            return
        status = await self._raw.execute(
            _CHANGE_OCCURRENCES,
            [o.source for o in occurrences],
            [o.fingerprint for o in occurrences],
            [o.starts_at for o in occurrences],
            [o.status for o in occurrences],
            [o.ends_at for o in occurrences],
            [o.received_at for o in occurrences],
            [o.group_key for o in occurrences],
            [o.rule for o in occurrences],
            [o.incident_id for o in occurrences],
            [o.quiet for o in occurrences],
        )
        _all_written(status, occurrences)


def _all_written(status: str, occurrences: Sequence[Occurrence]) -> None:
    """Decided on a snapshot that somebody else's news has overtaken, the counts would be wrong."""
    if int(status.rpartition(" ")[2]) < len(occurrences):
        raise ConflictError("an alert was changed by another transaction")


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]


def _group(row: Mapping[str, Any]) -> Group:
    return Group(
        key=row["key"],
        environment=row["environment"],
        rule=row["rule"],
        incident_id=row["incident_id"],
        opened_at=row["opened_at"],
        how=row["how"],
        open=row["open"],
    )


def _known(row: Mapping[str, Any], *, with_labels: bool = False) -> Occurrence:
    return Occurrence(
        source=row["source"],
        fingerprint=row["fingerprint"],
        starts_at=row["starts_at"],
        status=_STATUSES[row["status"]],
        ends_at=row["ends_at"],
        name=row["name"],
        service=row["service"],
        environment=row["environment"],
        labels=orjson.loads(row["labels"]) if with_labels else _NOTHING,
        annotations=orjson.loads(row["annotations"]) if with_labels else _NOTHING,
        generator_url=row["generator_url"],
        received_at=row["received_at"],
        group_key=row["group_key"],
        rule=row["rule"],
        incident_id=row["incident_id"],
        quiet=row["quiet"],
    )
