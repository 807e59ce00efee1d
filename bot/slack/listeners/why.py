"""Why: an incident opened, an alert did not. Only the asking person sees the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.ingest.label_query import read_label_query
from bot.slack.cards.why import why_card, why_not_card
from bot.slack.payloads import channel_of, part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import Message
    from bot.slack.listeners.desk import Desk


async def command(desk: Desk, body: Mapping[str, Any], verb: str, rest: str) -> Message:
    """Why the incident that is meant opened, or what became of the alerts that are named.

    Raises:
        InvalidInputError: none is named, or it cannot be read.
    """
    if verb == "why-not":
        return why_not_card(await desk.deps.explain_alerts(read_label_query(rest)))
    incident = await desk.meant(rest, channel_of(body))
    return why_card(await desk.deps.explain_incident(incident), desk.console_url)


async def pressed_why(desk: Desk, value: Mapping[str, str]) -> Message:
    """The button of the card."""
    told = await desk.deps.explain_incident(part(value, "incident"))
    return why_card(told, desk.console_url)
