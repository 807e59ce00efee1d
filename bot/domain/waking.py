"""Timers as events: what was put off is decided when its time has come, by the same rules as an alert.

The live system and a replay both ask `concerned` for the alerts that a timer is about, load what an opening
needs, and let `ring` decide. Nothing is read and nothing is written here.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from bot.domain.alert import AlertEvent, AlertStatus, event_identity
from bot.domain.board import Board
from bot.domain.decide import consider_firing
from bot.domain.decisions import DecisionKind
from bot.domain.flapping import flapping_calm
from bot.domain.incident import Reason
from bot.domain.openings import EXPIRED, insist, look_at_held
from bot.domain.rules import Action, Held
from bot.domain.spans import span
from bot.domain.storms import STORM, storm_over
from bot.domain.suppression import cause_for, quieten, rely_on, unwanted
from bot.domain.timer import TimerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.decisions import Outcome, Snapshot
    from bot.domain.rules import Routed, Rule, RuleSet
    from bot.domain.timer import Timer


def concerned(timer: Timer, occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """The alerts that the timer is about: they fire, belong to no incident, and wait for this very thing."""
    waiting = (one for one in occurrences if one.status is AlertStatus.FIRING and one.incident_id is None)
    match timer.kind:
        case TimerKind.RECONSIDER:
            found = [one for one in waiting if one.quiet == timer.subject]
        case TimerKind.HELD:
            found = [one for one in waiting if not one.quiet and one.group_key == timer.subject]
        case _:
            found = []
    return sorted(found, key=lambda one: (one.received_at, one.key))


def incident_of(timer: Timer) -> str | None:
    """The incident that the timer is about, which the snapshot must hold; None where it is about alerts."""
    if timer.kind is not TimerKind.CALM:
        return None
    return timer.subject.removeprefix(STORM)


def again(occurrence: Occurrence, at: datetime) -> AlertEvent:
    """The alert as if it were heard of again then; it still fires."""
    one = occurrence
    return AlertEvent(
        event_id=event_identity(one.source, one.fingerprint, one.starts_at, one.status, one.ends_at),
        source=one.source,
        fingerprint=one.fingerprint,
        status=one.status,
        name=one.name,
        service=one.service,
        environment=one.environment,
        labels=one.labels,
        annotations=one.annotations,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        received_at=at,
        generator_url=one.generator_url,
    )


def ring(
    timer: Timer,
    routed: Sequence[Routed],
    snapshot: Snapshot,
    *,
    rules: RuleSet,
    catalog: Catalog,
    new_id: Callable[[], str],
    at: datetime,
) -> Outcome:
    """Decide what the timer reminds of, at `at`, not before its due time; all environments are locked.

    `routed` are the `concerned` alerts made `again` and routed. A decision comes only for those of which
    something new is decided, so match them by `event_id`.
    """
    board = Board(snapshot, rules, catalog, None, new_id)
    match timer.kind:
        case TimerKind.RECONSIDER:
            for one in routed:
                _reconsider(board, one)
        case TimerKind.HELD:
            _expire(board, timer.subject, routed, at)
        case TimerKind.CALM:
            _calm(board, timer, at)
        case _:
            pass
    return board.settle()


def _reconsider(board: Board, routed: Routed) -> None:
    event = routed.event
    known = board.occurrence(event.key)
    if known is None or known.status is not AlertStatus.FIRING or known.starts_at != event.starts_at:
        return
    if _is_quiet_still(board, routed, known):
        return
    before = len(board.outcome.decisions)
    consider_firing(board, routed, known)
    if len(board.outcome.decisions) == before:
        return
    decision = board.outcome.decisions[-1]
    if decision.incident_id is not None:
        incident = board.outcome.incidents[decision.incident_id]
        text = f"{event.name} was quiet until now ({known.quiet.partition(':')[0]}); it still fires."
        board.tell(incident, event.received_at, "considered again", text, "tocsin")


def _is_quiet_still(board: Board, routed: Routed, known: Occurrence) -> bool:
    """Whether it waits for the very thing that it waited for, of which nothing has to be said again."""
    event = routed.event
    if known.quiet == f"{EXPIRED}:{routed.group_key}" and _is_held(routed, routed.group_key):
        group = board.owner(routed.group_key)
        if group is None or not group.is_open:
            _ask_again(board, routed, known.quiet)
            return True
    no_rule_wants_it = routed.rule is None or routed.rule.suppress
    cause = unwanted(routed) if no_rule_wants_it else cause_for(board, event, event.received_at)
    if cause is None or cause.name != known.quiet:
        return False
    rely_on(board, cause)
    return True


def _expire(board: Board, group_key: str, routed: Sequence[Routed], at: datetime) -> None:
    """A held group whose time is over: let go those that waited too long, or open all the same."""
    known = {one.event.key: board.occurrence(one.event.key) for one in routed}
    held = [(one, seen) for one in routed if (seen := known[one.event.key]) is not None]
    for one, seen in held:
        if not _is_held(one, group_key):  # another rule takes it by now, or none
            consider_firing(board, one, seen)
    held = [(one, seen) for one, seen in held if _is_held(one, group_key)]
    if not held:
        return
    rule = board.rules.by_name[held[0][1].rule]
    waiting = [(one, seen) for one, seen in held if not _is_kept_quiet(board, one, seen)]
    since = at - rule.window
    young = [seen for _, seen in waiting if seen.received_at > since]
    if young:
        first = min(seen.received_at for seen in young)
        board.remind(TimerKind.HELD, group_key, look_at_held(first + rule.window, routed))
    if len(young) == len(waiting):
        return
    wanted = f"{len(waiting)} of the {rule.min_alerts} alerts that rule {rule.name} asks for had come"
    text = f"{wanted} within {span(rule.window.total_seconds())}."
    # There may be enough: the rule may have asked for more when they were held.
    if rule.held is Held.OPEN or _together(waiting, rule) >= rule.min_alerts:
        insist(board, [one for one, _ in waiting], rule, text)
        return
    for one, seen in waiting:
        if seen.received_at <= since:
            let_go = copy(seen)
            let_go.quiet = f"{EXPIRED}:{group_key}"
            board.outcome.occurrences[one.event.key] = let_go
            board.say(DecisionKind.SUPPRESS, one.event, None, Reason(EXPIRED, f"Only {text}"))
            _ask_again(board, one, let_go.quiet)


def _is_held(routed: Routed, group_key: str) -> bool:
    """Whether the rule that it is held by still takes it, to an incident of the same group."""
    rule = routed.rule
    return rule is not None and rule.action is Action.OPEN and routed.group_key == group_key


def _ask_again(board: Board, routed: Routed, quiet: str) -> None:
    """What was let go waits for those rules that may take it later."""
    if routed.turn is not None:
        board.remind(TimerKind.RECONSIDER, quiet, routed.turn.at)


def _is_kept_quiet(board: Board, routed: Routed, seen: Occurrence) -> bool:
    """Whether it has been silenced, or explained by another alert, while it waited; it is, then."""
    cause = cause_for(board, routed.event, routed.event.received_at)
    if cause is None:
        return False
    quieten(board, seen, cause)
    board.say(DecisionKind.SUPPRESS, routed.event, None, cause.reason)
    return True


def _together(waiting: Sequence[tuple[Routed, Occurrence]], rule: Rule) -> int:
    """How many of them came within the rule's window before the last of them."""
    last = max(seen.received_at for _, seen in waiting)
    return sum(seen.received_at >= last - rule.window for _, seen in waiting)


def _calm(board: Board, timer: Timer, at: datetime) -> None:
    incident_id = timer.subject.removeprefix(STORM)
    incident = board.incident(incident_id)
    if incident is None or not incident.is_open:
        return
    if timer.subject.startswith(STORM):
        storm_over(board, incident_id, at)
    elif incident.flapping_since is not None:
        flapping_calm(board, incident_id, at)
