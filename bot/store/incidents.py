"""The incident aggregate and its read model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from bot.app.run_story import summarize
from bot.app.storyline import latest, storyline
from bot.domain.decisions import TimelineEntry
from bot.domain.errors import InvalidInputError, NotFoundError
from bot.domain.view import ChannelRef, IncidentView, PageRecord
from bot.store.incident_rows import insert_incidents, update_incidents
from bot.store.rows import INCIDENT, OCCURRENCE, incident_of, occurrence_of
from bot.store.runs import read_playbook, run_of
from bot.store.serialise import ranking_of
from bot.store.timeline import add_entries
from bot.store.verdicts import read_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.app.ports import IncidentFilter
    from bot.domain.alert import Occurrence
    from bot.domain.incident import Incident
    from bot.domain.suspects import Ranking
    from bot.domain.verdicts import Verdict
    from bot.domain.view import RunSummary
    from bot.store.session import Session

_NAME: Final = re.compile(r"INC-([1-9][0-9]{0,17})", re.IGNORECASE)
_BY_ID: Final = f"SELECT {INCIDENT} FROM incidents i WHERE i.id = $1"
_BY_NUMBER: Final = f"SELECT {INCIDENT} FROM incidents i WHERE i.number = $1"
_CLOSE_GROUPS: Final = "UPDATE groups SET open = false WHERE incident_id = $1 AND open"
_REOPEN_GROUPS: Final = """
    UPDATE groups g SET open = true WHERE g.incident_id = $1 AND NOT g.open
        AND NOT EXISTS (SELECT FROM groups other WHERE other.key = g.key AND other.open)
"""
_OCCURRENCES: Final = f"SELECT {OCCURRENCE} FROM occurrences o WHERE o.incident_id = ANY($1::uuid[])"
_TIMELINE: Final = """
    SELECT t.incident_id::text AS incident_id, t.time, t.kind, t.text, t.source
    FROM timeline t WHERE t.incident_id = ANY($1::uuid[]) ORDER BY t.id
"""
_RANKINGS: Final = """
    SELECT DISTINCT ON (r.incident_id) r.incident_id::text AS incident_id, r.body
    FROM rankings r WHERE r.incident_id = ANY($1::uuid[]) ORDER BY r.incident_id, r.revision DESC
"""
_RUNS: Final = """
    SELECT r.incident_id::text AS incident_id, r.body, d.source
    FROM runs r LEFT JOIN definitions d ON d.hash = r.definition_hash
    WHERE r.incident_id = ANY($1::uuid[]) ORDER BY r.number
"""
_CHANNELS: Final = """
    SELECT c.incident_id::text AS incident_id, c.team_id, c.channel_id, c.name
    FROM channels c WHERE c.incident_id = ANY($1::uuid[])
"""
_PAGES: Final = """
    SELECT p.incident_id::text AS incident_id, p.time, p.why
    FROM pages p WHERE p.incident_id = ANY($1::uuid[]) ORDER BY p.id
"""
_LIST: Final = f"""
    SELECT {INCIDENT} FROM incidents i
    WHERE ($1::text IS NULL OR i.state = $1) AND ($2::text IS NULL OR $2 = ANY(i.services))
        AND ($3::timestamptz IS NULL OR i.opened_at >= $3) AND ($4::bigint IS NULL OR i.number < $4)
    ORDER BY i.number DESC LIMIT $5
"""


class IncidentTables:
    """The `Incidents` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, reference: str, *, lock: bool = False) -> Incident:
        """By id or by name (`INC-12`).

        Raises:
            NotFoundError: there is none.
        """
        return incident_of(await self._find(reference, "FOR NO KEY UPDATE" if lock else ""))

    async def _find(self, reference: str, locking: str) -> Mapping[str, Any]:
        named = _NAME.fullmatch(reference)
        row = None
        if named:
            row = await self._session.fetchrow(f"{_BY_NUMBER} {locking}", int(named[1]))
        elif _is_id(reference):
            row = await self._session.fetchrow(f"{_BY_ID} {locking}", reference)
        if row is None:
            raise NotFoundError(f"incident {reference[:64]!r}")
        return row  # type: ignore[no-any-return] # asyncpg is untyped

    async def add(self, incident: Incident) -> None:
        """Enter a declared incident; sets its number and version."""
        incident.version = 1
        await insert_incidents(self._session, [incident])
        await self._session.flush()

    async def save(self, incident: Incident) -> None:
        """Write it over `incident.version - 1`, and close or reopen its groups as its state asks.

        Raises:
            ConflictError: it is not at that version.
        """
        await update_incidents(self._session, [incident])
        await self._session.execute(_REOPEN_GROUPS if incident.is_open else _CLOSE_GROUPS, incident.id)

    async def tell(self, entries: Iterable[TimelineEntry]) -> None:
        """Add lines to the timeline."""
        await add_entries(self._session, entries)

    async def view(self, reference: str) -> IncidentView:
        """Everything about one incident, after any write in progress to it has ended.

        Raises:
            NotFoundError: there is none.
        """
        incident = incident_of(await self._find(reference, "FOR SHARE"))
        return (await _views(self._session, [incident]))[0]

    async def list(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        """Newest first, and the cursor of the next page.

        Raises:
            InvalidInputError: `after` is no cursor of ours.
        """
        limit = max(1, wanted.limit)
        rows = await self._session.fetch(
            _LIST, wanted.state, wanted.service, wanted.since, _cursor(wanted.after), limit + 1
        )
        incidents = [incident_of(row) for row in rows[:limit]]
        following = str(incidents[-1].number) if len(rows) > limit else None
        return await _views(self._session, incidents), following

    async def by_channel(self, channel_id: str) -> str | None:
        """The id of the incident that owns the Slack channel."""
        found: str | None = await self._session.fetchval(
            "SELECT incident_id::text FROM channels WHERE channel_id = $1", channel_id
        )
        return found

    async def record_page(self, incident_id: str, time: datetime, why: str) -> None:
        """Remember that somebody was paged."""
        await self._session.execute(
            "INSERT INTO pages (incident_id, time, why) VALUES ($1, $2, $3)", incident_id, time, why
        )


async def _views(session: Session, incidents: Sequence[Incident]) -> list[IncidentView]:
    if not incidents:
        return []
    parts = await _Parts.of(session, [incident.id for incident in incidents])
    return [parts.view(incident) for incident in incidents]


class _Parts:
    """What hangs on some incidents, read in one query a table."""

    def __init__(self) -> None:
        self.occurrences: dict[str, list[Occurrence]] = {}
        self.timeline: dict[str, list[TimelineEntry]] = {}
        self.rankings: dict[str, Ranking] = {}
        self.runs: dict[str, list[RunSummary]] = {}
        self.channels: dict[str, ChannelRef] = {}
        self.pages: dict[str, list[PageRecord]] = {}
        self.verdicts: dict[str, list[Verdict]] = {}

    @classmethod
    async def of(cls, session: Session, ids: Sequence[str]) -> _Parts:
        parts = cls()
        for row in await session.fetch(_OCCURRENCES, ids):
            parts.occurrences.setdefault(row["incident_id"], []).append(occurrence_of(row))
        for row in await session.fetch(_TIMELINE, ids):
            entry = TimelineEntry(row["incident_id"], row["time"], row["kind"], row["text"], row["source"])
            parts.timeline.setdefault(entry.incident_id, []).append(entry)
        for row in await session.fetch(_RANKINGS, ids):
            parts.rankings[row["incident_id"]] = ranking_of(row["incident_id"], row["body"])
        for row in await session.fetch(_RUNS, ids):
            summary = summarize(run_of(row["body"]), read_playbook(row["source"]))
            parts.runs.setdefault(row["incident_id"], []).append(summary)
        for row in await session.fetch(_CHANNELS, ids):
            parts.channels[row["incident_id"]] = ChannelRef(row["team_id"], row["channel_id"], row["name"])
        for row in await session.fetch(_PAGES, ids):
            parts.pages.setdefault(row["incident_id"], []).append(PageRecord(row["time"], row["why"]))
        parts.verdicts = await read_verdicts(session, ids)
        return parts

    def view(self, incident: Incident) -> IncidentView:
        occurrences = self.occurrences.get(incident.id, [])
        return IncidentView(
            incident=incident,
            alerts=latest(occurrences),
            timeline=storyline(self.timeline.get(incident.id, []), occurrences),
            ranking=self.rankings.get(incident.id),
            runs=tuple(self.runs.get(incident.id, ())),
            channel=self.channels.get(incident.id),
            pages=tuple(self.pages.get(incident.id, ())),
            verdicts=tuple(self.verdicts.get(incident.id, ())),
        )


def _cursor(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) <= 18):  # noqa: PLR2004 - digits of a bigint
        raise InvalidInputError("after", "is not a cursor", "pass on the `next` of the page before")
    return int(after)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
