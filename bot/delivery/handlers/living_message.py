"""A message that is posted once and then kept up to date in its place.

Safe to repeat: an update replaces, so twice is once. A post carries a key of its purpose in its metadata;
after an attempt of unknown outcome the channel is searched for that key before anything is posted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from bot.app.ports import PostedMessage
from bot.delivery.attempt import Handled
from bot.delivery.handlers.outside import channel_of
from bot.domain.errors import RemoteRefusedError

if TYPE_CHECKING:
    from bot.app.ports import Message, UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.view import IncidentView

GONE: Final = "message_not_found"
Draw = Callable[["UnitOfWork", "IncidentView"], Awaitable["Message"]]


def digest_of(message: Message) -> str:
    """A hash of what a message shows."""
    shown = json.dumps([message.text, list(message.blocks)], sort_keys=True, default=str)
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()


async def show(outside: Outside, attempt: Attempt, purpose: str, draw: Draw) -> Handled:
    """Bring the incident's message for this purpose to what `draw` makes of its newest state."""
    async with outside.store.singly() as uow:
        # The view waits for a writer in progress, so what is drawn is never older than the effect.
        view = await uow.incidents.view(attempt.incident_id)
        known = await uow.chat.message(attempt.incident_id, purpose)
        message = await draw(uow, view)
    channel = channel_of(view)
    digest = digest_of(message)
    if known is not None and known.digest == digest and attempt.uncertain_since is None:
        return Handled({"unchanged": True, "ts": known.ts})
    key = f"{purpose}:{attempt.incident_id}"
    ts = await _put(outside, attempt, channel.id, message, known=known, key=key)

    async def record(uow: UnitOfWork) -> None:
        kept = PostedMessage(purpose, channel.id, ts, digest)
        await uow.chat.keep_message(attempt.incident_id, kept)

    return Handled({"ts": ts}, record)


async def _put(
    outside: Outside,
    attempt: Attempt,
    channel_id: str,
    message: Message,
    *,
    known: PostedMessage | None,
    key: str,
) -> str:
    """Update the message, or post it (anew, where somebody deleted it); gives its ts."""
    chat = outside.chat
    if known is not None:
        try:
            await chat.update(channel_id, known.ts, message)
        except RemoteRefusedError as error:
            if error.detail != GONE:
                raise
        else:
            return known.ts
    if attempt.uncertain_since is not None:
        found = await chat.find_message(channel_id, key, attempt.uncertain_since)
        if found is not None:
            await chat.update(channel_id, found, message)
            return found
    return await chat.post(channel_id, message, key)
