"""What we own in Slack: one channel an incident, and our living messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import PostedMessage
from bot.domain.errors import ConflictError
from bot.domain.view import ChannelRef

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.store.session import Session

# Where the channel is somebody else's already nothing is written: a violation would end the transaction.
_OWN: Final = """
    INSERT INTO channels (incident_id, team_id, channel_id, name)
    SELECT $1, $2, $3, $4 WHERE NOT EXISTS (
        SELECT FROM channels WHERE channel_id = $3 AND team_id = $2 AND incident_id <> $1
    )
    ON CONFLICT (incident_id) DO UPDATE SET
        team_id = excluded.team_id, channel_id = excluded.channel_id, name = excluded.name
"""
_KEEP: Final = """
    INSERT INTO messages (incident_id, purpose, channel_id, ts, digest) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (incident_id, purpose) DO UPDATE SET
        channel_id = excluded.channel_id, ts = excluded.ts, digest = excluded.digest
"""


class ChatTables:
    """The `ChatRecords` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def channel(self, incident_id: str) -> ChannelRef | None:
        """The incident's channel, if it has one."""
        row = await self._session.fetchrow(
            "SELECT team_id, channel_id, name FROM channels WHERE incident_id = $1", incident_id
        )
        return None if row is None else ChannelRef(row["team_id"], row["channel_id"], row["name"])

    async def own_channel(self, incident_id: str, channel: ChannelRef) -> None:
        """The incident owns the channel from now on.

        Raises:
            ConflictError: another incident owns it.
        """
        status = await self._session.execute(_OWN, incident_id, channel.team_id, channel.id, channel.name)
        if status != "INSERT 0 1":
            raise ConflictError(f"channel {channel.id} belongs to another incident")

    async def owned(self, channel_ids: Collection[str]) -> set[str]:
        """Those of the channels that some incident owns."""
        rows = await self._session.fetch(
            "SELECT channel_id FROM channels WHERE channel_id = ANY($1::text[])", sorted(channel_ids)
        )
        return {row["channel_id"] for row in rows}

    async def message(self, incident_id: str, purpose: str) -> PostedMessage | None:
        """Our living message for this purpose (`status`, `suspects`, `run:<id>`, ...)."""
        row = await self._session.fetchrow(
            "SELECT channel_id, ts, digest FROM messages WHERE incident_id = $1 AND purpose = $2",
            incident_id,
            purpose,
        )
        return None if row is None else PostedMessage(purpose, row["channel_id"], row["ts"], row["digest"])

    async def keep_message(self, incident_id: str, message: PostedMessage) -> None:
        """Remember a message, over an earlier one of the same purpose."""
        await self._session.execute(
            _KEEP, incident_id, message.purpose, message.channel_id, message.ts, message.digest
        )
