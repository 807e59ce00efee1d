"""Playbook runs and the definitions that they are pinned to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson

from bot.domain.errors import NotFoundError
from playbooks.codec import from_json, to_json
from playbooks.loader import InvalidPlaybookError, from_definition

if TYPE_CHECKING:
    from bot.store.session import Session
    from playbooks.model import Playbook, Run

_ADD: Final = """
    INSERT INTO runs (id, incident_id, playbook, state, definition_hash, body)
    VALUES ($1, $2, $3, $4, $5, $6::text::jsonb) ON CONFLICT (id) DO NOTHING
"""
_GET: Final = "SELECT r.incident_id::text AS incident_id, r.body FROM runs r WHERE r.id = $1"
_SAVE: Final = "UPDATE runs SET state = $2, body = $3::text::jsonb WHERE id = $1"
_OF_INCIDENT: Final = "SELECT r.body FROM runs r WHERE r.incident_id = $1 ORDER BY r.number"


class RunTables:
    """The `Runs` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, incident_id: str, run: Run) -> bool:
        """Enter a new run; false where one with this id is there already."""
        status = await self._session.execute(
            _ADD, run.id, incident_id, run.playbook, run.state, run.definition_hash, _body(run)
        )
        return bool(status == "INSERT 0 1")

    async def get(self, run_id: str, *, lock: bool = False) -> tuple[str, Run]:
        """The incident's id and the run.

        Raises:
            NotFoundError: there is none.
        """
        row = await self._session.fetchrow(f"{_GET} FOR UPDATE" if lock else _GET, run_id)
        if row is None:
            raise NotFoundError(f"run {run_id[:64]!r}")
        return row["incident_id"], run_of(row["body"])

    async def save(self, run: Run) -> None:
        """Write the run; it was read with `lock`.

        Raises:
            NotFoundError: there is none.
        """
        if await self._session.execute(_SAVE, run.id, run.state, _body(run)) != "UPDATE 1":
            raise NotFoundError(f"run {run.id[:64]!r}")

    async def of_incident(self, incident_id: str) -> list[Run]:
        """The incident's runs, oldest first."""
        return [run_of(row["body"]) for row in await self._session.fetch(_OF_INCIDENT, incident_id)]

    async def definition(self, digest: str) -> bytes | None:
        """The pinned source of a playbook."""
        found: bytes | None = await self._session.fetchval(
            "SELECT source FROM definitions WHERE hash = $1", digest
        )
        return found

    async def pin(self, digest: str, source: bytes) -> None:
        """Keep the source of a playbook under its hash."""
        await self._session.execute(
            "INSERT INTO definitions (hash, source) VALUES ($1, $2) ON CONFLICT DO NOTHING", digest, source
        )


def run_of(body: str) -> Run:
    """The run of a row's body."""
    return from_json(orjson.loads(body))


@lru_cache(maxsize=128)  # every view of an incident asks, and a pinned source never changes
def read_playbook(source: bytes | None) -> Playbook | None:
    """The pinned playbook, None where it is not there or another version of ours wrote it."""
    if source is None:
        return None
    try:
        return from_definition(source)
    except InvalidPlaybookError:
        return None


def _body(run: Run) -> str:
    return orjson.dumps(to_json(run)).decode()
