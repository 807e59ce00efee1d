"""What other channels hear when an incident opens: one line, and the way to its channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.ports import Message
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards.words import console_page, headline

if TYPE_CHECKING:
    from bot.domain.view import IncidentView

SERVICES_SHOWN = 5


def announcement(view: IncidentView, console_url: str) -> Message:
    """Draw it; two blocks."""
    incident = view.incident
    where = Markup(f"Follow it in <#{view.channel.id}>") if view.channel is not None else Markup("")
    services = blocks.joined((blocks.code(one, 60) for one in incident.services[:SERVICES_SHOWN]), ", ")
    page = blocks.link(console_page(console_url, incident), "Open in the console")
    facts = (services, blocks.said(incident.environment, 100), blocks.when(incident.opened_at), page)
    drawn = (
        blocks.section(blocks.joined((blocks.bold(headline(incident), 300), where), "\n")),
        blocks.context(blocks.joined(facts)),
    )
    return Message(blocks.fallback(headline(incident)), drawn)
