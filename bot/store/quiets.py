"""Silences and maintenance windows, and what consumers have of them in memory.

A consumer asks for them with every batch, and they hardly ever change. So each write counts a revision up,
the inbox's statement reads it, and only another revision makes a batch read the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog

from bot.domain.errors import ConflictError, InvalidInputError, NotFoundError
from bot.domain.quieting import NO_QUIET, Quiet, QuietKind, QuietSet
from bot.ingest.patterns import parse_matcher

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.store.session import Session

log: Final = structlog.get_logger(__name__)
QUIET: Final = "q.id, q.kind, q.matchers, q.starts_at, q.ends_at, q.asked_by, q.comment, q.source"
_REVISION: Final = "SELECT revision FROM quiet_revision"
_COUNT_UP: Final = "UPDATE quiet_revision SET revision = revision + 1"
# Those that are over, too: records may be read long after they were received, and are judged by that time.
_LATEST: Final = f"SELECT {QUIET} FROM quiets q ORDER BY q.ends_at DESC LIMIT 10000"
_LIST: Final = f"""
    SELECT {QUIET} FROM quiets q WHERE q.ends_at > $1 AND ($2::text IS NULL OR q.source = $2)
    ORDER BY q.ends_at, q.id
"""
_GET: Final = f"SELECT {QUIET} FROM quiets q WHERE q.id = $1 FOR NO KEY UPDATE"
_PUT: Final = """
    INSERT INTO quiets (id, kind, matchers, starts_at, ends_at, asked_by, comment, source)
    SELECT id, kind, matchers::json, starts_at, ends_at, asked_by, comment, source
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[],
                $7::text[], $8::text[])
        AS n (id, kind, matchers, starts_at, ends_at, asked_by, comment, source)
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, matchers = excluded.matchers,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, asked_by = excluded.asked_by,
        comment = excluded.comment, source = excluded.source
"""
# Whoever ends one waits for those who have relied on it, and they for whoever has ended it.
_STILL: Final = """
    SELECT q.id FROM quiets q
    JOIN unnest($1::text[], $2::timestamptz[]) AS r (id, ends_at) ON r.id = q.id AND r.ends_at = q.ends_at
    ORDER BY q.id FOR SHARE OF q
"""


@dataclass(slots=True)
class KnownQuiets:
    """What one process knows, as of a revision."""

    revision: int = -1
    quiets: QuietSet = NO_QUIET


class QuietTable:
    """The `Quiets` port on PostgreSQL."""

    def __init__(self, session: Session, known: KnownQuiets) -> None:
        self._session = session
        self._known = known

    async def put(self, quiets: Sequence[Quiet]) -> None:
        """Enter them, over those with the same ids."""
        if not quiets:
            return
        rows = sorted(quiets, key=lambda quiet: quiet.id)
        await self._session.execute(
            _PUT,
            [quiet.id for quiet in rows],
            [quiet.kind for quiet in rows],
            [orjson.dumps([str(one) for one in quiet.matchers]).decode() for quiet in rows],
            [quiet.starts_at for quiet in rows],
            [quiet.ends_at for quiet in rows],
            [quiet.by for quiet in rows],
            [quiet.comment for quiet in rows],
            [quiet.source for quiet in rows],
        )
        await self._session.execute(_COUNT_UP)

    async def get(self, quiet_id: str) -> Quiet:
        """One of them; nobody else changes it until the transaction ends.

        Raises:
            NotFoundError: there is none.
        """
        row = await self._session.fetchrow(_GET, quiet_id)
        if row is None:
            raise NotFoundError(f"silence {quiet_id[:64]!r}")
        return quiet_of(row)

    async def list(self, after: datetime, source: str | None = None) -> list[Quiet]:
        """Those that end after that time, the first to end first; with `source` only those from there."""
        return readable(await self._session.fetch(_LIST, after, source))

    async def current(self) -> QuietSet:
        """All that could matter to what is decided now."""
        revision = self._session.quiet_revision
        if revision is None:
            revision = await self._session.fetchval(_REVISION)
        if revision != self._known.revision:
            found = readable(await self._session.fetch(_LATEST))
            self._known.quiets = QuietSet(found) if found else NO_QUIET
            self._known.revision = revision
        return self._known.quiets

    async def still(self, relied_on: Collection[Quiet]) -> None:
        """Make sure that these stand as they were read, until the transaction ends.

        Raises:
            ConflictError: one has been changed.
        """
        if not relied_on:
            return
        ids, ends = [quiet.id for quiet in relied_on], [quiet.ends_at for quiet in relied_on]
        if len(await self._session.fetch(_STILL, ids, ends)) < len(ids):
            raise ConflictError("a silence was changed by another transaction")


def readable(rows: Iterable[Mapping[str, Any]]) -> list[Quiet]:
    """The silences and windows of the rows; one that cannot be read keeps nothing quiet, and stops nobody."""
    found = []
    for row in rows:
        try:
            found.append(quiet_of(row))
        except InvalidInputError as error:
            log.warning("a silence cannot be read and does not count", id=row["id"], problem=error.problem)
    return found


def quiet_of(row: Mapping[str, Any]) -> Quiet:
    """The silence or window of a row with the columns `QUIET`."""
    return Quiet(
        id=row["id"],
        kind=QuietKind(row["kind"]),
        matchers=tuple(map(parse_matcher, orjson.loads(row["matchers"]))),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        by=row["asked_by"],
        comment=row["comment"],
        source=row["source"],
    )
