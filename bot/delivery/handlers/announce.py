"""Tells another channel that an incident is open; safe to repeat as `posting` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.handlers.posting import post_once

if TYPE_CHECKING:
    from bot.delivery.attempt import Attempt, Handled
    from bot.delivery.handlers.outside import Outside


class Announce:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Post it."""
        async with self._outside.store.singly() as uow:
            view = await uow.incidents.view(attempt.incident_id)
        message = self._outside.cards.announcement(view)
        return await post_once(self._outside.chat, attempt, str(attempt.payload["channel"]), message)
