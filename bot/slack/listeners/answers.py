"""The short texts that only the asking person sees, and the home tab. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.app.ports import Message
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards.words import STATE_MARK, STATE_WORD, console_page
from bot.slack.listeners.grammar import HELP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.quieting import Quiet
    from bot.domain.view import IncidentView

LISTED: Final = 20
_SOON: Final = "Its channel opens in a moment. You will be invited to it."
_A_SECTION: Final = 5  # incidents: five lines of at most 560 characters


def plain(text: str) -> Message:
    """A sentence, shown literally."""
    return Message(blocks.fallback(text))


def help_text(before: str = "") -> Message:
    """What can be typed."""
    drawn = [blocks.section(blocks.escape(before, 300))] if before else []
    return Message(blocks.fallback(before or "What /incident can do"), (*drawn, blocks.section(Markup(HELP))))


def declared(view: IncidentView) -> Message:
    """The receipt for a declaration; the channel may still be on its way: who is invited is shown it."""
    title = blocks.bold(f"{view.incident.name} {view.incident.title}", 300)
    where = f"is declared in <#{view.channel.id}>." if view.channel else f"is declared. {_SOON}"
    severity = f"Severity: {view.incident.severity}."
    return Message(
        blocks.fallback(f"{view.incident.name} is declared"),
        (blocks.section(blocks.joined((title, where, severity), " ")),),
    )


def silenced(quiet: Quiet) -> Message:
    """The receipt for a silence, with the way to end it."""
    text = blocks.joined(
        (
            Markup("Silenced"),
            blocks.code(str(quiet), 400),
            Markup(f"until {blocks.when(quiet.ends_at)}."),
            Markup(f"To end it before: */incident unsilence {short(quiet)}*"),
        ),
        " ",
    )
    return Message(blocks.fallback(f"Silenced {quiet}"), (blocks.section(text),))


def short(quiet: Quiet) -> str:
    """The name by which a person ends it: the last characters of its id, in which those that hold differ."""
    return quiet.id[-8:]


def open_list(views: Sequence[IncidentView], in_all: int, console_url: str) -> Message:
    """The first open incidents, worst first; `in_all` says how many there are."""
    if not views:
        return plain("No incident is open.")
    return Message(blocks.fallback(f"{in_all} open"), tuple(_sections(views, in_all, console_url)))


def home(views: Sequence[IncidentView], in_all: int, console_url: str) -> dict[str, Any]:
    """The home tab."""
    body = (
        _sections(views, in_all, console_url) if views else [blocks.section(Markup("No incident is open."))]
    )
    return {
        "type": "home",
        "blocks": [blocks.header("Open incidents"), *body, blocks.divider(), blocks.section(Markup(HELP))],
    }


def _sections(views: Sequence[IncidentView], in_all: int, console_url: str) -> list[blocks.Block]:
    lines = [_line(view, console_url) for view in views[:LISTED]]
    drawn = [
        blocks.section(blocks.joined(lines[start : start + _A_SECTION], "\n"))
        for start in range(0, len(lines), _A_SECTION)
    ]
    if in_all > len(lines):
        drawn.append(blocks.context(Markup(f"and {in_all - len(lines)} more; {in_all} are open")))
    return drawn


def _line(view: IncidentView, console_url: str) -> Markup:
    incident = view.incident
    page = console_page(console_url, incident)
    name = (blocks.link(page, incident.name) if len(page) < 200 else "") or incident.name  # noqa: PLR2004 - fits
    where = f"<#{view.channel.id}>" if view.channel else ""
    title = blocks.said(incident.title, 150)
    state = f"{STATE_MARK[incident.state]} {name} {STATE_WORD[incident.state]}"
    return blocks.joined((state, str(incident.severity), title, where, blocks.when(incident.opened_at)))
