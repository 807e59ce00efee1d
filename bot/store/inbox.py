"""What each consumer has taken in already."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.session import Session

_ADMIT: Final = """
    INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING
    RETURNING event_id, (SELECT revision FROM quiet_revision) AS quiet_revision
"""
_IDENTITY: Final = re.compile("[0-9a-f]{32}")


class InboxTable:
    """The `Inbox` port on PostgreSQL; entries are kept for 14 days."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def admit(self, consumer: str, ids: Sequence[str]) -> set[str]:
        """Enter the ids, and give those that were not there before.

        Another transaction that enters the same id is waited for.
        """
        # Sorted, so that two transactions with the same ids wait for one another in one direction only.
        given = {row_id(one): one for one in ids}
        new = await self._session.fetch(_ADMIT, consumer, sorted(given))
        if new:
            self._session.quiet_revision = new[0]["quiet_revision"]
        if len(new) == len(given):
            return set(given.values())
        return {given[row["event_id"].hex] for row in new}


def row_id(event_id: str) -> str:
    """32 hex digits as they are; anything else as the first half of its SHA-256."""
    if _IDENTITY.fullmatch(event_id):
        return event_id
    return sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
