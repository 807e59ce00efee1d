"""What responders say about the causes of incidents; each word keeps the change as it was known then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.app.ports import Activity
from bot.domain.verdicts import Judgement, Verdict
from bot.store.rows import CHANGE, change_of, selected
from bot.store.serialise import change_from, change_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from bot.domain.change import Change
    from bot.store.session import Session

VERDICT_COLUMNS: Final = (
    "id", "incident_id", "number", "judgement", "change", "person", "said_by", "via", "at", "withdrawn_at",
    "withdrawn_by",
)  # fmt: skip
VERDICT: Final = selected("v", VERDICT_COLUMNS, as_text=("id", "incident_id"))
_ADD: Final = """
    INSERT INTO verdicts (id, incident_id, judgement, change, person, said_by, via, at, withdrawn_by)
    VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8, '')
"""
_WITHDRAW: Final = """
    UPDATE verdicts SET withdrawn_at = $2, withdrawn_by = $3
    WHERE id::text = $1 AND withdrawn_at IS NULL
"""
_OF: Final = f"SELECT {VERDICT} FROM verdicts v WHERE v.incident_id = ANY($1::uuid[]) ORDER BY v.number"
_SINCE: Final = f"""
    SELECT {VERDICT} FROM verdicts v
    WHERE v.incident_id IN (SELECT incident_id FROM verdicts WHERE at >= $1) ORDER BY v.number
"""
_FIND: Final = f"SELECT {CHANGE} FROM changes c WHERE c.change_id = $1 ORDER BY c.source"
_BETWEEN: Final = f"""
    SELECT {CHANGE} FROM changes c
    WHERE c.time >= $1 AND c.time < $2 AND ($3 = 'unknown' OR c.environment IN ($3, 'unknown'))
    ORDER BY c.time, c.source, c.change_id
"""
_MADE: Final = """
    SELECT service, count(*) AS made FROM changes
    WHERE time >= $1 AND time < $2 AND ($3::text IS NULL OR environment = $3) GROUP BY service
"""
_OPENED: Final = """
    SELECT count(*) AS incidents, count(*) FILTER (WHERE EXISTS (
        SELECT FROM verdicts v
        WHERE v.incident_id = i.id AND v.withdrawn_at IS NULL AND v.judgement <> 'did_not'
    )) AS judged
    FROM incidents i
    WHERE i.opened_at >= $1 AND i.opened_at < $2 AND ($3::text IS NULL OR i.environment = $3)
"""


class VerdictTable:
    """The `Verdicts` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, verdict: Verdict) -> None:
        """Keep one; the change that it judges is kept with it, as it is known now."""
        change = None if verdict.change is None else orjson.dumps(change_row(verdict.change)).decode()
        await self._session.execute(
            _ADD, verdict.id, verdict.incident_id, verdict.judgement, change, verdict.person, verdict.by,
            verdict.via, verdict.at,
        )  # fmt: skip

    async def withdraw(self, verdict_id: str, at: datetime, by: str) -> bool:
        """Mark one as taken back; false where there is none that stands."""
        return bool(await self._session.execute(_WITHDRAW, verdict_id, at, by) == "UPDATE 1")

    async def of(self, incident_ids: Collection[str]) -> dict[str, list[Verdict]]:
        """By incident, all that was said about it, in the order in which it was said."""
        return verdicts_of(await self._session.fetch(_OF, sorted(incident_ids)) if incident_ids else ())

    async def since(self, moment: datetime) -> dict[str, list[Verdict]]:
        """The same, of the incidents about which something was said since then."""
        return verdicts_of(await self._session.fetch(_SINCE, moment))

    async def find_changes(self, change_id: str) -> list[Change]:
        """The changes with this id, of any source, by source."""
        return [change_of(row) for row in await self._session.fetch(_FIND, change_id)]

    async def changes_between(self, since: datetime, until: datetime, environment: str) -> list[Change]:
        """The changes from `since` until before `until`, by time, in this environment or one unknown."""
        return [change_of(row) for row in await self._session.fetch(_BETWEEN, since, until, environment)]

    async def activity(self, since: datetime, until: datetime, environment: str | None) -> Activity:
        """What happened from `since` until before `until`; with None in every environment."""
        made = await self._session.fetch(_MADE, since, until, environment)
        opened = await self._session.fetchrow(_OPENED, since, until, environment)
        changes = {row["service"]: row["made"] for row in made}
        return Activity(changes, opened["incidents"], opened["judged"])


def verdicts_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Verdict]]:
    """By incident, what rows of `VERDICT` say, in their order."""
    found: dict[str, list[Verdict]] = {}
    for row in rows:
        found.setdefault(row["incident_id"], []).append(_verdict(row))
    return found


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        id=row["id"],
        incident_id=row["incident_id"],
        judgement=Judgement(row["judgement"]),
        change=None if row["change"] is None else change_from(orjson.loads(row["change"])),
        person=row["person"],
        by=row["said_by"],
        via=row["via"],
        at=row["at"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_by=row["withdrawn_by"],
    )
