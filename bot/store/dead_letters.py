"""Input that could not be understood, kept with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Quarantined
from bot.domain.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.session import Session

MOST_BYTES: Final = 64 * 1024
_KEEP: Final = "INSERT INTO quarantine (at, source, reason, path, body) VALUES ($1, $2, $3, $4, $5)"

_ROW: Final = "SELECT id, at, source, reason, path, body FROM quarantine"
_NEWEST: Final = f"{_ROW} ORDER BY id DESC LIMIT $1"
_ONE: Final = f"{_ROW} WHERE id = $1"


class QuarantineTable:
    """The `DeadLetters` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def quarantine(self, source: str, reason: str, path: str, body: bytes, at: datetime) -> None:
        """Keep what a webhook could not read; at most the first 64 KiB of it."""
        texts = [text.replace("\x00", "\ufffd") for text in (source, reason, path)]
        await self._session.execute(_KEEP, at, *texts, body[:MOST_BYTES])

    async def quarantined(self, newest: int) -> list[Quarantined]:
        """At most so many, in the order in which they were kept."""
        rows = await self._session.fetch(_NEWEST, newest)
        return [Quarantined(**row) for row in reversed(rows)]

    async def one_quarantined(self, number: int) -> Quarantined:
        """The one with this id.

        Raises:
            NotFoundError: there is none.
        """
        row = await self._session.fetchrow(_ONE, number)
        if row is None:
            raise NotFoundError(f"{number} in quarantine")
        return Quarantined(**row)
