"""Why an incident opened, and why an alert opened none: the decision first, then the rules that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Message
from bot.domain.explanation_tree import verdict_of
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards.words import console_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.explaining import IncidentExplained
    from bot.domain.explanation import Explanation
    from bot.domain.trials import Trial
    from bot.slack.blocks import Block

RULES_SHOWN: Final = 4
JOINED_SHOWN: Final = 5
ALERTS_SHOWN: Final = 5
_LINE: Final = 240
_VERDICT: Final = 700
_NOTE: Final = 500


def why_card(told: IncidentExplained, console_url: str) -> Message:
    """Why it opened and how others joined; at most 7 blocks and 7,000 characters."""
    incident = told.incident
    drawn = [blocks.header(f"Why {incident.name} opened")]
    if told.opening is not None:
        drawn += _explained(told.opening, named=False)
    else:
        drawn.append(blocks.section(blocks.said(incident.reason.text, _VERDICT)))
        drawn.append(
            blocks.context(Markup("No event of its opening is kept: it was declared, or it is old."))
        )
    if told.joined:
        drawn.append(blocks.section(blocks.joined(["*What joined it*", *_joined(told)], "\n")))
    page = console_page(console_url, incident)
    where = blocks.link(f"{page}/why", "All of it in the console") if page else ""
    hint = Markup("*/incident why-not ALERT* says why an alert opened nothing")
    drawn.append(blocks.context(blocks.joined((where, hint))))
    return Message(blocks.fallback(f"Why {incident.name} opened: {incident.reason.text}"), tuple(drawn))


def why_not_card(told: Sequence[Explanation]) -> Message:
    """What became of each alert; at most 15 blocks and 12,500 characters."""
    if not told:
        return Message(
            blocks.fallback(
                "No such alert fired in the last 24 hours. Is it sent to Tocsin at all? "
                "tocsin rules explain says what the rules make of one that has not come."
            )
        )
    drawn = [block for one in told[:ALERTS_SHOWN] for block in _explained(one)]
    first = told[0]
    return Message(blocks.fallback(f"{first.event.name}: {verdict_of(first)}"), tuple(drawn))


def _explained(told: Explanation, *, named: bool = True) -> list[Block]:
    event = told.event
    alert = blocks.joined((blocks.bold(event.name, 120), "on", blocks.code(event.service, 60)), " ")
    verdict = blocks.said(verdict_of(told), _VERDICT)
    incident = Markup("")
    if named and told.incident is not None and not told.new:
        incident = blocks.said(f"{told.incident.name} {told.incident.title}", 200)
    drawn = [blocks.section(blocks.joined((alert, verdict, incident), "\n"))]
    rules = blocks.joined(_rules(told), "\n")
    drawn.append(blocks.section(rules) if rules else blocks.context(Markup("There are no rules.")))
    if told.notes:
        drawn.append(blocks.context(blocks.said(" ".join(told.notes), _NOTE)))
    return drawn


def _rules(told: Explanation) -> list[Markup]:
    """The rule that takes it with all that it asks for, and the last ones before with what failed."""
    shown = [_trial(trial) for trial in told.trials[-RULES_SHOWN:]]
    before = len(told.trials) - len(shown)
    if before:
        shown.insert(0, Markup(f"{before} {'rule' if before == 1 else 'rules'} before did not match"))
    return shown


def _trial(trial: Trial) -> Markup:
    mark = "✓" if trial.matched else "✗"
    parts = [part for part in trial.parts if part.held is trial.matched]
    said = ", ".join(
        part.text if trial.matched or not part.detail else f"{part.text} ({part.detail})" for part in parts
    )
    what = blocks.said(said or "asks for nothing", _LINE)
    return blocks.joined((mark, "rule", blocks.code(trial.rule.name, 63), what), " ")


def _joined(told: IncidentExplained) -> list[Markup]:
    lines = []
    for one in told.joined[:JOINED_SHOWN]:
        reason = one.decision.reason
        name = blocks.joined(
            (blocks.bold(one.event.name, 100), "on", blocks.code(one.event.service, 60)), " "
        )
        when = blocks.when(one.event.received_at)
        lines.append(blocks.joined((name, when, blocks.said(reason.text or reason.name, _LINE))))
    if told.more or len(told.joined) > JOINED_SHOWN:
        lines.append(Markup("… and more"))
    return lines
