"""The postmortem draft as the channel hears of it: how long, how much, how it begins, where the whole is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.app.ports import Message
from bot.domain.spans import span
from bot.domain.wording import percent
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards.words import SEVERITY_WORD

if TYPE_CHECKING:
    from bot.domain.suspects import Suspect
    from bot.domain.view import IncidentView

EXCERPT: Final = 1800
_HEADING: Final = re.compile(r"^#{1,6}\s+(.*)$")
_MARKS: Final = re.compile(r"\*\*|__|`|^[ \t]*[-*][ \t]+", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]\n]{1,200})\]\([^)\s]{1,2000}\)")


def postmortem_card(view: IncidentView, markdown: str, url: str) -> Message:
    """Draw it; `url` is where the whole draft is read, empty where nothing serves it."""
    incident = view.incident
    length = Markup("still open")
    if incident.resolved_at is not None:
        length = Markup(span((incident.resolved_at - incident.onset).total_seconds()))
    facts = [
        ("Severity", Markup(SEVERITY_WORD[incident.severity])),
        ("From the first alert to the end", length),
        ("Alerts", Markup(str(incident.alerts))),
        ("Most suspect change", _first_suspect(view)),
    ]
    whole = blocks.link(url, "Read the whole draft") or Markup("The console and the export have the whole.")
    drawn = (
        blocks.header(f"Postmortem draft · {incident.name} {incident.title}"),
        blocks.fields(facts),
        blocks.section(blocks.escape(excerpt(markdown), EXCERPT) or Markup("The draft is empty.")),
        blocks.section(whole),
        blocks.context(Markup("Written from the stored facts alone: please complete it.")),
    )
    title = blocks.clip(blocks.one_line(incident.title), 300)
    return Message(blocks.fallback(f"Postmortem draft of {incident.name}: {title}"), drawn)


def excerpt(markdown: str) -> str:
    """The first section of the draft under a second-level heading (its summary), as plain text."""
    found: list[str] = []
    inside = False
    for line in markdown.splitlines():
        heading = _HEADING.match(line)
        if heading and inside and found:
            break
        if heading:
            inside = not line.startswith("# ")
        elif inside and (line.strip() or found):
            found.append(line)
    if not found:
        found = [line for line in markdown.splitlines() if not _HEADING.match(line)]
    text = "\n".join(found)
    return blocks.paragraph(_MARKS.sub("", _LINK.sub(r"\1", text)))


def _first_suspect(view: IncidentView) -> Markup:
    ranking = view.ranking
    if ranking is None:
        return Markup("not ranked")
    if ranking.undecided:
        return Markup(f"none stands out, though a change is probable ({percent(ranking.some_change)})")
    named = [ranking.suspects[0]] if ranking.shown and ranking.suspects else []
    if ranking.later and ranking.later.former:
        named.insert(0, ranking.later.former)
    if not named:
        return Markup(f"none ({percent(ranking.no_change)})")
    return blocks.joined([_in_short(one) for one in named], ", then ")


def _in_short(suspect: Suspect) -> Markup:
    kind = str(suspect.change.kind).replace("_", " ")
    return Markup(f"{kind} of {blocks.code(suspect.change.service, 100)}, {percent(suspect.probability)}")
