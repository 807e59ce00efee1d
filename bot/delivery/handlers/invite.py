"""Invites who declared it, and whom the services and the rule name.

Safe to repeat, since those who are there count as invited. Before the channel is there nothing is done: they
are invited when it opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.attempt import Handled

if TYPE_CHECKING:
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.incident import Incident


class Invite:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Invite them."""
        async with self._outside.store.singly() as uow:
            # The lock waits for a writer in progress, so that those whom it adds are not left out.
            incident = await uow.incidents.get(attempt.incident_id, lock=True)
            channel = await uow.chat.channel(incident.id)
        if channel is None:
            return Handled({"channel": None})
        people = list(dict.fromkeys([*attempt.payload.get("people", ()), *self._people(incident)]))
        if people:
            await self._outside.chat.invite(channel.id, people)
        return Handled({"invited": people})

    def _people(self, incident: Incident) -> list[str]:
        services = self._outside.catalog.services
        named = [
            person for name in incident.services if name in services for person in services[name].responders
        ]
        rule = self._outside.rules.by_name.get(incident.rule)
        return list(dict.fromkeys([*named, *(rule.invite if rule else ())]))
