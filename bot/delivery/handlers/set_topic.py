"""Puts state and severity into the channel's topic.

Safe to repeat: a topic replaces the one before. One that is already shown is not set again, because Slack
tells the channel about every change. Before the channel is there nothing is done: its topic is set when it
opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Message, PostedMessage
from bot.delivery.attempt import Handled
from bot.delivery.handlers.living_message import digest_of

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside

PURPOSE: Final = "topic"


class SetTopic:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Set the topic of the newest state."""
        async with self._outside.store.singly() as uow:
            view = await uow.incidents.view(attempt.incident_id)
            known = await uow.chat.message(attempt.incident_id, PURPOSE)
        channel = view.channel
        if channel is None:
            return Handled({"channel": None})
        topic = self._outside.cards.topic(view)
        digest = digest_of(Message(topic))
        known_here = known is not None and known.channel_id == channel.id and known.digest == digest
        if known_here and attempt.uncertain_since is None:
            return Handled({"unchanged": True})
        await self._outside.chat.set_topic(channel.id, topic)

        async def record(uow: UnitOfWork) -> None:
            kept = PostedMessage(PURPOSE, channel.id, "", digest)
            await uow.chat.keep_message(attempt.incident_id, kept)

        return Handled({"topic": topic}, record)
