"""What keeps an alert from any incident for a while: a silence, maintenance, an alert that explains it.

The cause is written with the alert, and a reminder to consider the alert again when the cause is over.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind
from bot.domain.incident import Reason
from bot.domain.inhibition import cause_of, inhibited_by, inhibitor_of, sides, sources_of
from bot.domain.membership import remember
from bot.domain.quieting import CONFIGURATION
from bot.domain.rules import Until, labels_of
from bot.domain.timer import TimerKind

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.board import Board
    from bot.domain.quieting import Quiet
    from bot.domain.rules import Routed, RuleSet, Turn

NO_RULE: Final = Reason("no_rule", "No rule matches the alert.")
INACTIVE: Final = "inactive"
RESTING: Final = "resting"
TIMED: Final = "timed"
UNWANTED: Final = "rules"
"""What alerts wait for that no rule wants: other rules."""
_WHY: Final = {
    Until.BEGINS: "Rule {}, which is not active now, may take it",
    Until.ENDS: "Rule {} is active until then, and others may take it",
    Until.RESTED: "Rule {}, which is left out for now because its condition was slow, may take it",
    Until.TIME: "The condition of rule {} reads the time, and may say otherwise later",
}
_WAITS: Final = {Until.RESTED: RESTING, Until.TIME: TIMED}
# A source whose end nobody told us of must not keep its targets quiet for ever without a second look.
_LOOK_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an alert is quiet: the name under which it is remembered, the words, and when to look again.

    None: only other rules would change it, which are looked for when there are any.
    """

    name: str
    reason: Reason
    until: datetime | None
    quiet: Quiet | None = None


def unwanted(routed: Routed) -> Cause:
    """Why no incident is wanted: no rule takes the alert, or one that suppresses it, maybe only for now."""
    rule, turn = routed.rule, routed.turn
    reason = NO_RULE if rule is None else Reason("rule", f"Rule {rule.name} suppresses the alert.")
    if turn is None:
        return Cause(f"{UNWANTED}:{'' if rule is None else rule.name}", reason, None)
    return Cause(
        f"{_WAITS.get(turn.why, INACTIVE)}:{turn.rule}",
        Reason(reason.name, f"{reason.text} {said(turn)}"),
        turn.at,
    )


def said(turn: Turn) -> str:
    """What the rules may say otherwise, and when, in a sentence."""
    why = _WHY[turn.why].format(turn.rule)
    if turn.why is Until.TIME:
        return f"{why}: it is asked again each minute."
    return f"{why}: it is considered again on {turn.at:%Y-%m-%d %H:%M} UTC."


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


def cause_for(board: Board, event: AlertEvent | Occurrence, at: datetime) -> Cause | None:
    """What keeps the alert quiet then, a silence before a window before another alert; None: nothing."""
    rules = board.rules
    if not (board.quiet.quiets or rules.windows or rules.inhibitions):
        return None
    labels = labels_of(event)
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


def suppress(board: Board, routed: Routed, known: Occurrence | None, cause: Cause) -> None:
    """Remember the alert with the cause, and look again when it is over."""
    rule = "" if routed.rule is None else routed.rule.name
    remember(board, routed.event, known, group_key=routed.group_key, rule=rule, quiet=cause.name)
    board.say(DecisionKind.SUPPRESS, routed.event, None, cause.reason)
    rely_on(board, cause)


def quieten(board: Board, waiting: Occurrence, cause: Cause) -> None:
    """What waits for others of its group is quiet from now on; it is looked at again when that is over."""
    quiet = copy(waiting)
    quiet.quiet = cause.name
    board.outcome.occurrences[quiet.key] = quiet
    rely_on(board, cause)


def rely_on(board: Board, cause: Cause) -> None:
    """What is decided holds as long as the cause does."""
    if cause.quiet is not None and cause.quiet.source != CONFIGURATION:
        board.outcome.relied_on[cause.quiet.id] = cause.quiet
    if cause.until is not None:
        board.remind(TimerKind.RECONSIDER, cause.name, cause.until)
