"""The channel's topic: the one line that is there without scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.slack.blocks import clip, one_line
from bot.slack.cards.words import SEVERITY_WORD, STATE_MARK, STATE_WORD

if TYPE_CHECKING:
    from bot.domain.view import IncidentView

LIMIT: Final = 250


def topic(view: IncidentView) -> str:
    """At most 250 characters, without Slack's markup."""
    incident = view.incident
    start = (
        f"{STATE_MARK[incident.state]} {STATE_WORD[incident.state]} · {SEVERITY_WORD[incident.severity]}"
        f" · {incident.name} "
    )
    text = start + clip(one_line(incident.title), 120) + " · " + ", ".join(incident.services)
    return clip(one_line(text).translate({ord("<"): "‹", ord(">"): "›"}), LIMIT)
