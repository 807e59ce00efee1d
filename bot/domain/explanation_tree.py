"""An explanation as a tree of short lines, which terminals, Slack and pages draw each in their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind

if TYPE_CHECKING:
    from bot.domain.explanation import Explanation
    from bot.domain.trials import Part, Trial

DECIDED: Final = {
    DecisionKind.OPEN: ("It opened an incident", "It would open an incident"),
    DecisionKind.ATTACH: ("It joined an open incident", "It would join an open incident"),
    DecisionKind.HOLD: ("It waited for more alerts", "It would wait for more alerts"),
    DecisionKind.SUPPRESS: ("It made no incident", "It would make no incident"),
    DecisionKind.DUPLICATE: ("It changed nothing", "It would change nothing"),
    DecisionKind.RESOLVED: ("The alert ended", "The alert would end"),
    DecisionKind.REOPEN: ("It reopened an incident", "It would reopen an incident"),
}
"""What each decision is in words: that it was so, and that it would be so."""


@dataclass(frozen=True, slots=True)
class Node:
    """A line, whether what it says held (None: it is no question), and the lines below it."""

    text: str
    held: bool | None = None
    below: tuple[Node, ...] = ()


def tree_of(told: Explanation) -> Node:
    """The whole explanation: the alert, the rules that were tried, the decision, what would follow."""
    event = told.event
    head = f"{event.name} on {event.service} in {event.environment}"
    if event.status is AlertStatus.FIRING or event.ends_at is None:
        head += f" fires, since {event.starts_at:%Y-%m-%d %H:%M:%S} UTC"
    else:
        head += f" has ended, at {event.ends_at:%Y-%m-%d %H:%M:%S} UTC"
    return Node(head, below=(_rules(told), _decision(told), *(Node(note) for note in told.notes)))


def verdict_of(told: Explanation) -> str:
    """The decision in one sentence, with its reason."""
    past, future = DECIDED[told.decision.kind]
    said = future if told.decided_at is None else f"{past} at {told.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    reason = told.decision.reason
    return f"{said}: {reason.text or reason.name.replace('_', ' ')}"


def _rules(told: Explanation) -> Node:
    if not told.trials:
        return Node("There are no rules")
    text = "The rules as they are now, in the order in which they are tried"
    if not told.rule:
        text += "; none takes it"
    return Node(text, below=tuple(map(_trial, told.trials)))


def _trial(trial: Trial) -> Node:
    parts = tuple(map(_part, trial.parts)) or (Node("asks for nothing", held=True),)
    return Node(f"rule {trial.rule.name}", trial.matched, parts)


def _part(part: Part) -> Node:
    named = part.text if part.kind == "match" else f"{part.kind}: {part.text}"
    return Node(f"{named} ({part.detail})" if part.detail else named, part.held)


def _decision(told: Explanation) -> Node:
    below = [Node(f"reason: {told.decision.reason.name}")]
    if told.incident is not None and not told.new:
        below.append(Node(f"incident: {told.incident.name} {told.incident.title}"))
    if told.effects:
        below.append(Node("what would be done", below=tuple(map(Node, told.effects))))
    return Node(verdict_of(told), below=tuple(below))
