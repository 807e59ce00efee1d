"""Invites who declared it, and whom the services and the rule name.

Safe to repeat, since those who are there count as invited. Before the channel is there nothing is done: they
are invited when it opens. Whom Slack does not let in is named in the timeline and in the channel, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.delivery.attempt import Handled
from bot.delivery.telling import tell_once
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.incident import Incident

NOT_INVITED: Final = "not_invited"
_NAMED: Final = 20


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
        refused = dict(await self._outside.chat.invite(channel.id, people)) if people else {}
        invited = [person for person in people if person not in refused]

        async def record(uow: UnitOfWork) -> None:
            if refused:
                await self._tell(uow, attempt, _said(refused))

        return Handled({"invited": invited, "refused": refused}, record)

    async def _tell(self, uow: UnitOfWork, attempt: Attempt, text: str) -> None:
        """Say it, unless it was said before: each service that joins asks for everybody again."""
        line = TimelineEntry(attempt.incident_id, self._outside.clock(), NOT_INVITED, text, "slack")
        if await tell_once(uow, line):
            await uow.outbox.add([say(attempt.incident_id, text, attempt.key)])

    def _people(self, incident: Incident) -> list[str]:
        services = self._outside.catalog.services
        named = [
            person for name in incident.services if name in services for person in services[name].responders
        ]
        rule = self._outside.rules.of(incident)
        return list(dict.fromkeys([*named, *(rule.invite if rule else ())]))


def _said(refused: Mapping[str, str]) -> str:
    named = [f"{who} ({why})" for who, why in list(refused.items())[:_NAMED]]
    more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
    return f"Could not invite {', '.join(named)}{more}."
