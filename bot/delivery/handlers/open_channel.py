"""Opens the incident's channel, or another in the place of one that was archived, deleted or closed to us.

Safe to repeat: a channel that is recorded is not made again. After an attempt of unknown outcome, a name that
is taken is looked up, and the channel is taken over only where our own bot made it, not before that attempt,
and no incident owns it; else the next name is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.delivery.attempt import Handled
from bot.delivery.channel_name import CANDIDATES, channel_names
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import announcements, decorations, shown_anew
from bot.domain.errors import PermanentError, RemoteRefusedError

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.incident import Incident
    from bot.domain.view import ChannelRef

NAME_TAKEN: Final = "name_taken"


class OpenChannel:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Open it, or find what an earlier attempt opened."""
        async with self._outside.store.singly() as uow:
            incident = await uow.incidents.get(attempt.incident_id)
            # Nobody can have opened one before the first effect of the lane, so nobody waits for that answer.
            owned = None if attempt.begins else await uow.chat.channel(attempt.incident_id)
        if owned is not None and (owned.id != attempt.payload.get("lost") or await self._usable(owned)):
            return Handled({"channel": owned.id})
        for name in channel_names(self._outside.policy.channel_template, incident):
            channel = await self._created(name, attempt)
            if channel is not None:
                return self._owned(attempt, channel, incident, owned)
        raise PermanentError(f"the names of {CANDIDATES} channels for {incident.name} are taken")

    async def _usable(self, channel: ChannelRef) -> bool:
        """Slack has refused to post there; it is asked, lest a whim of its opens channel after channel."""
        return await self._outside.chat.can_post(channel.id)

    async def _created(self, name: str, attempt: Attempt) -> ChannelRef | None:
        """The channel, new or made by a lost attempt; None where the name is somebody else's."""
        try:
            return await self._outside.chat.create_channel(name)
        except RemoteRefusedError as error:
            if error.detail != NAME_TAKEN:
                raise
        if attempt.uncertain_since is None:
            return None
        found = await self._outside.chat.find_own_channel(name, attempt.uncertain_since)
        if found is None:
            return None
        async with self._outside.store.singly() as uow:
            owned = await uow.chat.owned([found.id])
        return None if found.id in owned else found

    def _owned(
        self, attempt: Attempt, channel: ChannelRef, incident: Incident, before: ChannelRef | None
    ) -> Handled:
        rule = self._outside.rules.of(incident)

        async def record(uow: UnitOfWork) -> None:
            await uow.chat.own_channel(attempt.incident_id, channel)
            text = f"Channel #{channel.name} opened."
            if before is not None:
                text = f"Channel #{channel.name} opened: #{before.name} is archived, deleted or closed to us."
                await uow.outbox.add(shown_anew(await uow.incidents.view(incident.id), channel.id))
            now = self._outside.clock()
            await uow.incidents.tell([TimelineEntry(attempt.incident_id, now, "channel", text, "slack")])
            people = tuple(attempt.payload.get("people", ()))
            await uow.outbox.add(decorations(incident, channel.id, people))
            if rule is not None:
                anew = channel.id if before is not None else ""
                await uow.outbox.add(announcements(incident, rule.announce, anew))

        return Handled({"channel": channel.id, "name": channel.name}, record)
