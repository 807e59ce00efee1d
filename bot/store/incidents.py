"""The incident aggregate; what people see of it is read in `views`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import InvalidInputError, NotFoundError
from bot.domain.incident import Severity, State
from bot.store.incident_rows import insert_incidents, update_incidents
from bot.store.rows import INCIDENT, incident_of
from bot.store.timeline import add_entries
from bot.store.views import views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.app.ports import IncidentFilter
    from bot.domain.decisions import TimelineEntry
    from bot.domain.incident import Incident
    from bot.domain.view import IncidentView
    from bot.store.session import Session

_ID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
"""A UUID as PostgreSQL's driver reads it; Python's own reader also takes URNs and braces."""
_NAME: Final = re.compile(r"INC-([1-9][0-9]{0,17})", re.IGNORECASE)
_BY_ID: Final = f"SELECT {INCIDENT} FROM incidents i WHERE i.id = $1"
_BY_NUMBER: Final = f"SELECT {INCIDENT} FROM incidents i WHERE i.number = $1"
_CLOSE_GROUPS: Final = "UPDATE groups SET open = false WHERE incident_id = $1 AND open"
_REOPEN_GROUPS: Final = """
    UPDATE groups g SET open = true WHERE g.incident_id = $1 AND NOT g.open
        AND NOT EXISTS (SELECT FROM groups other WHERE other.key = g.key AND other.open)
"""
_LIST: Final = f"""
    SELECT {INCIDENT} FROM incidents i
    WHERE ($1::text IS NULL OR i.state = $1) AND ($2::text IS NULL OR $2 = ANY(i.services))
        AND ($3::timestamptz IS NULL OR i.opened_at >= $3) AND ($4::bigint IS NULL OR i.number < $4)
    ORDER BY i.number DESC LIMIT $5
"""
_OPEN: Final = f"""
    SELECT {INCIDENT}, count(*) OVER () AS open FROM incidents i WHERE i.state <> '{State.RESOLVED}'
    ORDER BY array_position($1::text[], i.severity), i.number DESC LIMIT $2
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
        elif _ID.fullmatch(reference):
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
        return (await views(self._session, [incident]))[0]

    async def worst_open(self, limit: int) -> tuple[list[IncidentView], int]:
        """The open ones, worst first and then newest, at most so many; and how many are open in all."""
        rows = await self._session.fetch(_OPEN, list(Severity), max(1, limit))
        found = await views(self._session, [incident_of(row) for row in rows])
        return found, rows[0]["open"] if rows else 0

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
        return await views(self._session, incidents), following

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


def _cursor(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) <= 18):  # noqa: PLR2004 - digits of a bigint
        raise InvalidInputError("cursor", "is not one of ours", "pass on the `next` of the page before")
    return int(after)
