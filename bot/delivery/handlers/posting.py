"""A message that is posted once and never changed.

Safe to repeat: it carries the effect's key in its metadata, and after an attempt of unknown outcome the
channel is searched for that key before it is posted. Where nothing can be read, as in a private channel or
with a person, it is posted again: better said twice than never.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.delivery.attempt import Handled
from bot.domain.errors import RateLimitedError, RemoteMisconfiguredError, RemoteRefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import Chat, Message
    from bot.delivery.attempt import Attempt

_ID: Final = re.compile(r"[A-Z][A-Z0-9]+")


async def post_once(chat: Chat, attempt: Attempt, channel: str, message: Message) -> Handled:
    """Post it, or find what an earlier attempt posted; `channel` is an id or, as in `#shop`, a name."""
    if attempt.uncertain_since is not None:
        found = await _found(chat, channel, attempt.key, attempt.uncertain_since)
        if found is not None:
            return Handled({"ts": found, "found": True})
    return Handled({"ts": await chat.post(channel, message, attempt.key)})


async def _found(chat: Chat, channel: str, key: str, since: datetime) -> str | None:
    """The ts of what an earlier attempt posted. Slack takes a name where it posts, but reads by id alone."""
    if _ID.fullmatch(channel):
        return await found_message(chat, channel, key, since)
    try:
        channel_id = await chat.find_channel(channel.removeprefix("#"))
    except (RemoteRefusedError, RemoteMisconfiguredError, RateLimitedError):
        return None  # of a large workspace's channels no more than some pages may be asked for
    return None if channel_id is None else await found_message(chat, channel_id, key, since)


async def found_message(chat: Chat, channel_id: str, key: str, since: datetime) -> str | None:
    """The ts of the message with that key; None where there is none, or where it may not be looked for."""
    try:
        return await chat.find_message(channel_id, key, since)
    except (RemoteRefusedError, RemoteMisconfiguredError):
        return None
