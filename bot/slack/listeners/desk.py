"""What all listeners share: the use cases, the way back to people, and which incident they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain.errors import InvalidInputError
from bot.slack.payloads import actor, reference
from bot.slack.people import Asker

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from bot.app.ports import Cards, Message
    from bot.slack.deps import SlackDeps
    from bot.slack.intake import Intake
    from bot.slack.people import People


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to every listener; `console_url` is where the console is, empty where nobody can reach it."""

    deps: SlackDeps
    people: People
    intake: Intake
    cards: Cards
    console_url: str = ""

    def submitted(
        self, body: Mapping[str, Any], channel_id: str, work: Callable[[], Coroutine[None, None, Message]]
    ) -> None:
        """Begin what a window asks for, once; what comes of it is told where the window was opened."""
        view = body["view"]
        tell = partial(self.people.tell, Asker(actor(body).id, channel_id))
        self.intake.begin("modal", f"{view.get('id')}:{view.get('hash')}", work, tell)

    async def meant(self, typed: str, channel_id: str) -> str:
        """The incident that a person means: the one named, else the one of this channel.

        Raises:
            InvalidInputError: none is named, and the channel is no incident's.
        """
        if typed:
            return reference(typed)
        incident = await self.deps.incident_of_channel(channel_id) if channel_id else None
        if incident is None:
            raise InvalidInputError(
                "text", "This is no incident's channel, so say which one", "For example: INC-12"
            )
        return incident
