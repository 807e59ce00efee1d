"""A message that is posted once and then kept up to date in its place.

Where Slack lets nobody change it any more, or it stands in a channel that was lost, it is posted anew.

Safe to repeat: an update replaces, so twice is once. A post carries a key of its purpose in its metadata;
after an attempt of unknown outcome the channel is searched for that key before anything is posted. Where
nothing can be read it is posted again: better shown twice than never.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.app.ports import PostedMessage
from bot.delivery.attempt import Handled
from bot.delivery.handlers.outside import channel_of
from bot.delivery.handlers.posting import found_message
from bot.domain.errors import RemoteRefusedError

if TYPE_CHECKING:
    from bot.app.ports import Chat, Message, UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.view import IncidentView

UNCHANGEABLE: Final = frozenset({"message_not_found", "edit_window_closed", "cant_update_message"})
"""Slack's errors for a message that was deleted, or that the workspace's settings no longer let us edit."""

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
    if known is not None and known.channel_id != channel.id:
        known = None
    digest = digest_of(message)
    if known is not None and known.digest == digest and attempt.uncertain_since is None:
        return Handled({"unchanged": True, "ts": known.ts})
    shown = PostedMessage(purpose, channel.id, known.ts if known is not None else "", digest)
    kept = await _put(outside.chat, attempt, shown, message)

    async def record(uow: UnitOfWork) -> None:
        await uow.chat.keep_message(attempt.incident_id, kept)

    return Handled({"ts": kept.ts}, record)


async def _put(chat: Chat, attempt: Attempt, shown: PostedMessage, message: Message) -> PostedMessage:
    """Update the message at `shown.ts`, or post it where there is none that can be changed."""
    if shown.ts and await _changed(chat, shown, message):
        return shown
    key = f"{shown.purpose}:{attempt.incident_id}"
    if attempt.uncertain_since is not None:
        found = await found_message(chat, shown.channel_id, key, attempt.uncertain_since)
        if found is not None and found != shown.ts:
            known = replace(shown, ts=found)
            # One that cannot be changed shows what it was posted with: as far as we know, another state.
            return known if await _changed(chat, known, message) else replace(known, digest="")
    return replace(shown, ts=await chat.post(shown.channel_id, message, key))


async def _changed(chat: Chat, shown: PostedMessage, message: Message) -> bool:
    """Whether the message could be brought up to date in its place."""
    try:
        await chat.update(shown.channel_id, shown.ts, message)
    except RemoteRefusedError as error:
        if error.detail not in UNCHANGEABLE:
            raise
        return False
    return True
