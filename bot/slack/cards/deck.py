"""All cards behind the `Cards` port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.ports import Cards
from bot.slack.cards.announcement import announcement
from bot.slack.cards.note import note
from bot.slack.cards.postmortem import postmortem_card
from bot.slack.cards.run import run_card
from bot.slack.cards.status import status_card
from bot.slack.cards.suspects import suspects_card
from bot.slack.cards.topic import topic

if TYPE_CHECKING:
    from bot.app.ports import Message
    from bot.domain.view import IncidentView, RunSummary


class BlockKitCards(Cards):
    """Draws cards that link to the console at `console_url` (empty: without links)."""

    def __init__(self, console_url: str = "") -> None:
        self._console_url = console_url

    def status(self, view: IncidentView) -> Message:
        """See `Cards.status`."""
        return status_card(view, self._console_url)

    def suspects(self, view: IncidentView) -> Message:
        """See `Cards.suspects`."""
        return suspects_card(view)

    def run(self, view: IncidentView, run: RunSummary) -> Message:
        """See `Cards.run`."""
        return run_card(view, run)

    def note(self, text: str) -> Message:
        """See `Cards.note`."""
        return note(text)

    def announcement(self, view: IncidentView) -> Message:
        """See `Cards.announcement`."""
        return announcement(view, self._console_url)

    def postmortem(self, view: IncidentView, markdown: str, url: str) -> Message:
        """See `Cards.postmortem`."""
        return postmortem_card(view, markdown, url)

    def topic(self, view: IncidentView) -> str:
        """See `Cards.topic`."""
        return topic(view)
