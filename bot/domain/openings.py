"""An alert that no incident owns: reopen one, wait for more, join a neighbour's or a storm, or open one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.belonging import likeliest, same_odds
from bot.domain.decisions import DecisionKind, Happening
from bot.domain.incident import Act, Reason, after
from bot.domain.membership import admit, attach, remember
from bot.domain.rules import Action
from bot.domain.spans import span
from bot.domain.storms import storm_incident, storm_reason
from bot.domain.suppression import cause_for, quieten, said
from bot.domain.timer import TimerKind
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.belonging import Belonging
    from bot.domain.board import Board
    from bot.domain.incident import Incident
    from bot.domain.rules import Routed, Rule

TITLE: Final = 120
EXPIRED: Final = "expired"
NOTHING_TO_JOIN: Final = "nothing to join"


def place(board: Board, routed: Routed, rule: Rule, known: Occurrence | None, why: str = "") -> None:
    """Find or open the incident of a firing alert; the environment's lock is held.

    With `why` it opens for that reason, without waiting for the rule's minimum.
    """
    event = routed.event
    _pass_over_quiet(board, routed)
    joined = likeliest(board, routed, rule, known)
    if joined is not None and joined.returning:
        attach(board, joined.incident.id, routed, rule, known=known, reason=joined.reason)
        board.say(DecisionKind.ATTACH, event, joined.incident.id, joined.reason)
        return
    if rule.action is Action.OPEN and _reopened(board, routed, rule, known, joined.odds if joined else 0.0):
        return
    gathers = rule.action is Action.OPEN and not why and not _is_own(board, routed, joined)
    if gathers and _waits(board, routed, rule, known):
        return
    kind = DecisionKind.ATTACH
    if joined is not None:
        incident, reason, how = joined.incident, joined.reason, "joined"
        text = f"{one_line(event.name)}: {reason.text}"
        board.tell(incident, event.received_at, how, text, f"rule {rule.name}")
    elif rule.action is Action.ATTACH:
        _nothing_to_join(board, routed, rule, known)
        return
    elif (storm := storm_reason(board, event)) is not None:
        reason, how = storm, "storm"
        incident, begins = storm_incident(board, event, storm)
        kind = DecisionKind.OPEN if begins else kind
    else:
        incident, how, kind = _opened(board, routed, rule, why), "opened", DecisionKind.OPEN
        reason = incident.reason
    if kind is DecisionKind.OPEN and board.rules.attaches:
        board.remind(TimerKind.RECONSIDER, _joinable(event), event.received_at)
    board.own(routed, rule, incident, how)
    admit(board, incident.id, routed, rule, known=known, reason=reason)
    if rule.min_alerts > 1:
        # Those that were let go while the group was too small belong to it now.
        board.remind(TimerKind.RECONSIDER, f"{EXPIRED}:{routed.group_key}", event.received_at)
    board.say(kind, event, incident.id, reason)


def _pass_over_quiet(board: Board, routed: Routed) -> None:
    """Of those that wait in its group, what has been silenced meanwhile neither counts nor comes along."""
    at, waiting = routed.event.received_at, board.held.get(routed.group_key, [])
    for key in tuple(waiting):
        held = board.occurrence(key)
        if held is not None and (cause := cause_for(board, held, at)) is not None:
            waiting.remove(key)
            if not held.quiet:
                quieten(board, held, cause)


def _is_own(board: Board, routed: Routed, joined: Belonging | None) -> bool:
    """Whether it joins the open incident of its own group, which has reached its minimum long ago."""
    owner = board.owner(routed.group_key)
    return joined is not None and owner is not None and joined.incident.id == owner.id


def _reopened(board: Board, routed: Routed, rule: Rule, known: Occurrence | None, rival: float) -> bool:
    """Reopen the group's incident, unless the alert belongs to a rival that is likelier by its odds."""
    incident = board.owner(routed.group_key)
    if incident is None or incident.resolved_at is None:
        return False
    event = routed.event
    since = (event.received_at - incident.resolved_at).total_seconds()
    if since > incident.reopen_seconds or rival > same_odds(board, routed, known, incident):
        return False
    # Whoever resolved it while this alert was on its way had not seen it: somebody has to look again.
    when = f"{span(since)} after" if since >= 0 else f"{span(-since)} before"
    text = f"{one_line(event.name)} fired {when} it was resolved: within the reopen window."
    reason = Reason("reopened", text)
    incident = board.touch(incident.id, Happening.REOPENED)
    incident.state = after(incident.state, Act.REOPEN)
    incident.resolved_at, incident.resolved_by = None, ""
    incident.acknowledged_at, incident.acknowledged_by = None, ""
    incident.monitoring_at = None
    incident.steady()
    board.own(routed, rule, incident, "reopened")
    board.tell(incident, event.received_at, "reopened", reason.text, f"rule {rule.name}")
    admit(board, incident.id, routed, rule, known=known, reason=reason)
    board.say(DecisionKind.REOPEN, event, incident.id, reason)
    return True


def _waits(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> bool:
    if rule.min_alerts <= 1:
        return False
    event = routed.event
    oldest = event.received_at - rule.window
    others = [key for key in board.held.get(routed.group_key, ()) if key != event.key]
    waiting = [key for key in others if _fires_since(board, key, oldest)]
    if len(waiting) + 1 >= rule.min_alerts:
        board.held[routed.group_key] = waiting
        return False
    # Those too old for this event may count for the next one, which may have been received before it.
    board.held[routed.group_key] = [*others, event.key]
    remember(board, event, known, group_key=routed.group_key, rule=rule.name)
    # What was let go already is not let go again; it counts all the same for those that come late.
    heard = [
        one.received_at for key in waiting if (one := board.occurrence(key)) is not None and not one.quiet
    ]
    oldest_waiting = min([*heard, event.received_at])
    board.remind(TimerKind.HELD, routed.group_key, look_at_held(oldest_waiting + rule.window, [routed]))
    wanted = f"the {rule.min_alerts} alerts that rule {rule.name} asks for"
    text = f"{len(waiting) + 1} of {wanted} within {span(rule.window.total_seconds())}."
    board.say(DecisionKind.HOLD, event, None, Reason("minimum", text))
    return True


def look_at_held(over: datetime, waiting: Iterable[Routed]) -> datetime:
    """When to look at a held group: when its time is over, or sooner where other rules may take one of it."""
    return min([over, *(one.turn.at for one in waiting if one.turn is not None)])


def _fires_since(board: Board, key: AlertKey, oldest: datetime) -> bool:
    one = board.occurrence(key)
    return one is not None and one.status is AlertStatus.FIRING and one.received_at >= oldest


def insist(board: Board, waiting: Sequence[Routed], rule: Rule, text: str) -> None:
    """Open an incident for a group that did not reach its minimum in time."""
    first, *others = waiting
    board.held[first.group_key] = [one.event.key for one in others]
    place(board, first, rule, board.occurrence(first.event.key), text)


def _nothing_to_join(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> None:
    """Wait for an incident; when one opens in the environment, the alert is considered again."""
    event, cause = routed.event, _joinable(routed.event)
    text = f"Rule {rule.name} only joins incidents, and none is open that the alert could join."
    if routed.turn is not None:
        board.remind(TimerKind.RECONSIDER, cause, routed.turn.at)
        text = f"{text} {said(routed.turn)}"
    if known is not None and (known.quiet, known.starts_at) == (cause, event.starts_at):
        return  # it was considered again, and nothing has changed
    remember(board, event, known, group_key=routed.group_key, rule=rule.name, quiet=cause)
    board.say(DecisionKind.SUPPRESS, event, None, Reason("nothing_to_join", text))


def _joinable(event: AlertEvent) -> str:
    """What alerts wait for that only join: an incident of their environment."""
    return f"{NOTHING_TO_JOIN}:{event.environment}"


def _alone(board: Board, routed: Routed, rule: Rule) -> str:
    """Why it joins none, in words."""
    of_group = board.owner(routed.group_key)
    if of_group is None or not of_group.is_open:
        return "no open incident of its group or of a related service was found."
    pause = span((routed.event.received_at - of_group.last_alert_at).total_seconds())
    window = span(rule.window.total_seconds())
    likelier = ", and trouble of its own is likelier now" if rule.join_hops else ""
    return (
        f"the last alert of its group's open incident came {pause} before, longer than the rule's window of"
        f" {window}{likelier}."
    )


def _opened(board: Board, routed: Routed, rule: Rule, why: str) -> Incident:
    event = routed.event
    what = f"Rule {rule.name} opens an incident for {one_line(event.name)}"
    where = f" on {one_line(event.service)}" if event.service != UNKNOWN else ""
    if why:
        text = f"{what}{where} all the same: {why}"
    elif rule.min_alerts > 1:
        text = f"{what}{where}: {rule.min_alerts} alerts within {span(rule.window.total_seconds())}."
    else:
        text = f"{what}{where}; {_alone(board, routed, rule)}"
    title = one_line(event.summary, TITLE) or one_line(event.name, TITLE) or "An alert without a name"
    incident = board.create(event, rule.name, title, Reason("opened", text))
    incident.reopen_seconds = rule.reopen_window.total_seconds()
    incident.severity = routed.severity
    return incident
