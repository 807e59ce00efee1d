"""Incidents whose alerts end and fire again, over and over: told once, and again when it is calm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.decisions import Happening
from bot.domain.spans import span
from bot.domain.timer import TimerKind

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.board import Board
    from bot.domain.incident import Incident
    from bot.domain.rules import Rule

FLAPPING: Final = "flapping"
CALM: Final = "calm"


def flip(board: Board, incident: Incident, rule: Rule, at: datetime) -> bool:
    """Count that a monitored incident fires again; true where it flaps, and nobody is told of each time."""
    # When it is calm is told by the incident's own rule, so that is what counts here.
    rule = board.rules.of(incident) or rule
    quiet = at - incident.last_alert_at
    incident.flips = incident.flips + 1 if quiet <= rule.window else 1
    if incident.flips < rule.flap_after:
        return False
    board.remind(TimerKind.CALM, incident.id, at + rule.window)
    if incident.flapping_since is None:
        incident.flapping_since = at
        text = (
            f"Flapping: its alerts have all ended and fired again {incident.flips} times, each time within "
            f"{span(rule.window.total_seconds())}. Nothing more is said of each time until it is calm."
        )
        board.tell(incident, at, FLAPPING, text, f"rule {rule.name}")
        board.happened(incident.id, Happening.FLAPPING)
    return True


def flapping_calm(board: Board, incident_id: str, at: datetime) -> None:
    """It has not flipped for the rule's window: from now on every change is told again."""
    incident = board.touch(incident_id, Happening.CALM)
    rule = board.rules.of(incident)
    since = f" for {span(rule.window.total_seconds())}" if rule is not None else ""
    incident.steady()
    text = f"No longer flapping: its alerts have neither all ended nor fired again{since}."
    board.tell(incident, at, CALM, text, "tocsin")
