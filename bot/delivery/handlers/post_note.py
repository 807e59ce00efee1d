"""Says one sentence in the channel; safe to repeat as `posting` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.handlers.outside import require_channel
from bot.delivery.handlers.posting import post_once

if TYPE_CHECKING:
    from bot.delivery.attempt import Attempt, Handled
    from bot.delivery.handlers.outside import Outside


class PostNote:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Post it."""
        async with self._outside.store.singly() as uow:
            incident = await uow.incidents.get(attempt.incident_id)
            channel = require_channel(await uow.chat.channel(incident.id), incident)
        message = self._outside.cards.note(str(attempt.payload["text"]))
        return await post_once(self._outside.chat, attempt, channel.id, message)
