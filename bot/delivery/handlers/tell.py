"""Says something to one channel or person, about no incident; safe to repeat as `posting` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.handlers.posting import post_once

if TYPE_CHECKING:
    from bot.delivery.attempt import Attempt, Handled
    from bot.delivery.handlers.outside import Outside


class Tell:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Post it. Slack takes the name of a channel, or a person's id, as it takes a channel's id."""
        message = self._outside.cards.note(str(attempt.payload["text"]))
        return await post_once(self._outside.chat, attempt, str(attempt.payload["to"]), message)
