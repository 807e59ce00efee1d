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
    # What changes every minute would be wrong in a topic most of the time.
    state = f"{STATE_MARK[incident.state]} {STATE_WORD[incident.state]}"
    if incident.flapping_since is not None and incident.is_open:
        state = "〰️ Flapping"
    start = f"{state} · {SEVERITY_WORD[incident.severity]} · {incident.name} "
    text = start + clip(one_line(incident.title), 120) + " · " + ", ".join(incident.services)
    return clip(one_line(text).translate({ord("<"): "‹", ord(">"): "›"}), LIMIT)
