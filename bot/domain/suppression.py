"""What keeps an alert from any incident for a while: a silence, maintenance, an alert that explains it.

The cause is written with the alert, and a reminder to consider the alert again when the cause is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind
from bot.domain.effects import TimerKind
from bot.domain.inhibition import cause_of, inhibited_by, inhibitor_of, sides, sources_of
from bot.domain.membership import remember
from bot.domain.quieting import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.board import Board
    from bot.domain.incident import Reason
    from bot.domain.quieting import Quiet
    from bot.domain.rules import Routed, Rule, RuleSet

INACTIVE: Final = "inactive"
# A source whose end nobody told us of must not keep its targets quiet for ever without a second look.
_LOOK_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an alert is quiet: the name under which it is remembered, the words, and when to look again."""

    name: str
    reason: Reason
    until: datetime
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """When the hours of a rule begin that an alert waits for, and the name under which it remembers that."""

    cause: str
    rule: str
    at: datetime

    @property
    def text(self) -> str:
        """What will be, in words."""
        when = f"{self.at:%Y-%m-%d %H:%M} UTC"
        return f"Rule {self.rule}, which is not active now, may take it: it is considered again on {when}."


def turn_of(routed: Routed) -> Turn | None:
    """When a rule may take the alert that is not active yet; None where there is none."""
    later = routed.later
    if later is None or later.active is None:
        return None
    return Turn(f"{INACTIVE}:{later.name}", later.name, later.active.turn(routed.event.received_at))


def labels_of(event: AlertEvent | Occurrence) -> Mapping[str, str]:
    """The labels that matchers see: the alert's own, with the service and the environment as we read them."""
    return {**event.labels, "service": event.service, "environment": event.environment}


def inhibition_keys(routed: list[Routed], rules: RuleSet) -> set[str]:
    """The keys under which these alerts inhibit or may be inhibited."""
    if not rules.inhibitions:
        return set()
    return {side.key for one in routed for side in sides(rules.inhibitions, labels_of(one.event))}


def note_source(board: Board, event: AlertEvent) -> None:
    """Keep in mind that a source alert fires, or that it has ended; after the last one its targets count."""
    inhibitions = board.rules.inhibitions
    for source in sources_of(event, labels_of(event), inhibitions) if inhibitions else ():
        firing = board.inhibitors.setdefault(source.key, {})
        if event.status is AlertStatus.FIRING:
            firing[event.key] = board.outcome.inhibiting[source.key, event.key] = source
        elif firing.pop(event.key, None) is not None:
            board.outcome.inhibiting[source.key, event.key] = None
            if all(one.both for one in firing.values()):
                board.remind(TimerKind.RECONSIDER, cause_of(source.key), event.received_at)


def cause_for(board: Board, event: AlertEvent) -> Cause | None:
    """What keeps the alert quiet now, a silence before a window before another alert; None: nothing."""
    rules = board.rules
    if not (board.quiet.quiets or rules.windows or rules.inhibitions):
        return None
    labels, at = labels_of(event), event.received_at
    quiet = board.quiet.of(labels, at) or max(
        (open_one for window in rules.windows if (open_one := window.quiet(labels, at)) is not None),
        key=lambda one: (one.ends_at, one.id),
        default=None,
    )
    if quiet is not None:
        return Cause(quiet.cause, quiet.reason, quiet.ends_at, quiet)
    for side in sides(rules.inhibitions, labels) if rules.inhibitions else ():
        source = inhibitor_of(side, board.inhibitors.get(side.key, {}).values(), event.key)
        if side.target and source is not None:
            return Cause(cause_of(side.key), inhibited_by(side.inhibition, source), at + _LOOK_AGAIN)
    return None


def suppress(board: Board, routed: Routed, rule: Rule, known: Occurrence | None, cause: Cause) -> None:
    """Remember the alert with the cause, and look again when it is over."""
    event = routed.event
    remember(board, event, known, group_key=routed.group_key, rule=rule.name, quiet=cause.name)
    rely_on(board, cause)
    board.say(DecisionKind.SUPPRESS, event, None, cause.reason)


def rely_on(board: Board, cause: Cause) -> None:
    """What is decided holds as long as the cause does."""
    if cause.quiet is not None and cause.quiet.source != CONFIGURATION:
        board.outcome.relied_on[cause.quiet.id] = cause.quiet
    board.remind(TimerKind.RECONSIDER, cause.name, cause.until)
