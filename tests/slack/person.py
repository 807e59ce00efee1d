"""A person in the local Slack: types commands, presses buttons, fills in windows, sees what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.localslack import messages, modals
from bot.localslack.blockkit.payloads import check_message_blocks
from bot.localslack.messages import Draft
from bot.localslack.people import Target

if TYPE_CHECKING:
    from bot.app.ports import Message as OurMessage
    from bot.localslack.model import Message, View
    from bot.localslack.server import LocalSlack
    from bot.slack.intake import Intake

ADA = "U0ADA00001"


class PersonInSlack:
    """Ada. Every act waits until our application has worked it off."""

    def __init__(self, slack: LocalSlack, intake: Intake) -> None:
        self.slack = slack
        self.workspace = slack.workspace
        self._intake = intake

    async def settled(self) -> None:
        """Until nothing is being worked on."""
        await self._intake.drain(5)

    def channel(self, name: str = "incidents") -> Any:
        return next(one for one in self.workspace.channels.values() if one.name == name)

    async def types(self, line: str, channel: str = "incidents") -> Any:
        answer = await self.slack.people.command(ADA, self.channel(channel), line)
        await self._intake.drain(5)
        return answer

    async def presses(self, message: Message, action_id: str) -> Any:
        answer = await self.slack.people.act(ADA, message, Target(action_id), None)
        await self._intake.drain(5)
        return answer

    async def submits(self, view: View, **values: Any) -> Any:
        answer = await self.slack.people.submit(ADA, view, values)
        await self._intake.drain(5)
        return answer

    def window(self) -> View:
        return modals.stack(self.workspace, ADA)[-1]

    def home(self) -> str:
        """What the home tab holds, empty where there is none."""
        shown = modals.home(self.workspace, ADA)
        return str(shown.payload) if shown else ""

    def card(self, ours: OurMessage, channel: str = "incidents") -> Message:
        """A card of ours, posted by the bot."""
        draft = Draft(
            text=ours.text, blocks=check_message_blocks([dict(b) for b in ours.blocks]), attachments=()
        )
        return messages.post(self.workspace, self.workspace.app.bot_user_id, self.channel(channel), draft)

    def hears(self, channel: str = "incidents") -> list[Message]:
        """What only Ada was shown, oldest first."""
        posted = self.workspace.messages.get(self.channel(channel).id, {})
        return [one for one in posted.values() if one.only_for == ADA]

    def last_words(self, channel: str = "incidents") -> str:
        """Text and blocks of the latest of these."""
        latest = self.hears(channel)[-1]
        return f"{latest.text}\n{latest.blocks}"
