"""A message that is posted once and never changed.

Safe to repeat: it carries the effect's key in its metadata, and after an attempt of unknown outcome the
channel is searched for that key before it is posted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.attempt import Handled

if TYPE_CHECKING:
    from bot.app.ports import Chat, Message
    from bot.delivery.attempt import Attempt


async def post_once(chat: Chat, attempt: Attempt, channel_id: str, message: Message) -> Handled:
    """Post it, or find what an earlier attempt posted."""
    if attempt.uncertain_since is not None:
        found = await chat.find_message(channel_id, attempt.key, attempt.uncertain_since)
        if found is not None:
            return Handled({"ts": found, "found": True})
    return Handled({"ts": await chat.post(channel_id, message, attempt.key)})
