"""From alerts to incidents: one pure pass over a batch, in order, with a named reason for each alert.

Nothing is read and nothing is written: what the store knew comes in as a snapshot, ids come from the caller,
and every time is the event's own `received_at`, so that a replay decides as the live system did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus, is_news
from bot.domain.belonging import owner
from bot.domain.board import Board
from bot.domain.decisions import Decision, DecisionKind
from bot.domain.incident import Reason
from bot.domain.membership import attach, leave, remember
from bot.domain.openings import place
from bot.domain.suppression import cause_for, note_source, suppress, unwanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.decisions import Outcome, Snapshot
    from bot.domain.rules import Routed, Rule, RuleSet

REPEATED: Final = Reason("repeated", "This was already known about the alert.")
SUPERSEDED: Final = Reason("superseded", "A later occurrence of the alert is already known.")
RESOLVED_UNSEEN: Final = Reason("resolved_unseen", "The alert had ended before it was ever seen firing.")
ENDED: Final = Reason("ended", "The alert ended.")
ENDED_ALONE: Final = Reason("ended_alone", "The alert ended; it belonged to no incident.")


def decide(
    routed: Iterable[Routed],
    snapshot: Snapshot,
    *,
    rules: RuleSet,
    catalog: Catalog,
    locked: frozenset[str] | None,
    new_id: Callable[[], str],
) -> Outcome:
    """Decide about a batch of alerts.

    `locked` names the environments whose lock is held (None: all): only there may an incident open, be joined
    from another group or reopen. Where another environment would need it, `Outcome.needs_lock` says so, and
    the caller takes the locks, loads the snapshot anew and decides again. Every touched incident carries its
    next `version`: the store writes it only over the one before. The snapshot is left as it was.
    """
    board = Board(snapshot, rules, catalog, locked, new_id)
    for one in routed:
        _consider(board, one)
    return board.settle()


def repetition(event: AlertEvent, known: Occurrence | None) -> Decision | None:
    """What is decided about an alert that says nothing new, whatever else is known; None where it does."""
    if is_news(event, known):
        return None
    stale = known is not None and event.starts_at < known.starts_at
    return Decision(DecisionKind.DUPLICATE, event.event_id, None, SUPERSEDED if stale else REPEATED)


def _consider(board: Board, routed: Routed) -> None:
    """Decide about one alert, after all that came before it."""
    event = routed.event
    known = board.occurrence(event.key)
    repeated = repetition(event, known)
    if repeated is not None:
        board.outcome.decisions.append(repeated)
        return
    note_source(board, event)
    if event.status is AlertStatus.RESOLVED:
        _ended(board, event, known)
    else:
        consider_firing(board, routed, known)


def consider_firing(board: Board, routed: Routed, known: Occurrence | None) -> None:
    """Decide about an alert that fires, be it heard of now or considered again."""
    event = routed.event
    if routed.rule is None or routed.rule.suppress:
        suppress(board, routed, known, unwanted(routed))
    else:
        cause = cause_for(board, event, event.received_at)
        if cause is not None:
            suppress(board, routed, known, cause)
        else:
            _fired(board, routed, routed.rule, known)


def _ended(board: Board, event: AlertEvent, known: Occurrence | None) -> None:
    if known is None or known.starts_at != event.starts_at:
        remember(board, event, known)
        board.say(DecisionKind.SUPPRESS, event, None, RESOLVED_UNSEEN)
        return
    remember(
        board,
        event,
        known,
        group_key=known.group_key,
        rule=known.rule,
        incident_id=known.incident_id,
        quiet=known.quiet,
    )
    if known.incident_id is None:
        board.say(DecisionKind.RESOLVED, event, None, ENDED_ALONE)
        return
    if known.status is AlertStatus.FIRING:
        leave(board, known.incident_id, event.received_at)
    board.say(DecisionKind.RESOLVED, event, known.incident_id, ENDED)


def _fired(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> None:
    event = routed.event
    certain = owner(board, routed, rule, known)
    if certain is not None:
        attach(board, certain.incident.id, routed, rule, known=known, reason=certain.reason)
        board.say(DecisionKind.ATTACH, event, certain.incident.id, certain.reason)
    elif board.may_open(event.environment):
        place(board, routed, rule, known)
    else:
        board.outcome.needs_lock.add(event.environment)
