"""Input that could not be understood, kept with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.session import Session

MOST_BYTES: Final = 64 * 1024
_KEEP: Final = "INSERT INTO quarantine (at, source, reason, path, body) VALUES ($1, $2, $3, $4, $5)"


class QuarantineTable:
    """The `DeadLetters` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def quarantine(self, source: str, reason: str, path: str, body: bytes, at: datetime) -> None:
        """Keep what a webhook could not read; at most the first 64 KiB of it."""
        texts = [text.replace("\x00", "\ufffd") for text in (source, reason, path)]
        await self._session.execute(_KEEP, at, *texts, body[:MOST_BYTES])
