"""An alert that no incident owns: reopen one, wait for more, join a neighbour's or a storm, or open one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.decisions import DecisionKind, Happening
from bot.domain.incident import Act, Reason, after
from bot.domain.membership import admit, remember
from bot.domain.spans import span

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.board import Board
    from bot.domain.incident import Incident
    from bot.domain.rules import Routed, Rule

STORM_RULE: Final = "storm"
_TITLE: Final = 120


def place(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> None:
    """Find or open the incident of a firing alert; the environment's lock is held."""
    if _reopened(board, routed, rule, known) or _waits(board, routed, rule, known):
        return
    event = routed.event
    kind = DecisionKind.ATTACH
    joined = _neighbour(board, event, rule)
    if joined is not None:
        incident, reason = joined
        how = "joined"
        board.tell(incident, event.received_at, how, f"{event.name}: {reason.text}", f"rule {rule.name}")
    elif (storm := _storm_reason(board, event)) is not None:
        reason, how = storm, "storm"
        found = next(board.storms(event.environment), None)
        kind = DecisionKind.OPEN if found is None else kind
        title = f"Alert storm in {event.environment}"
        incident = found or board.create(event, STORM_RULE, title, reason, storm=True)
    else:
        incident, how, kind = _opened(board, routed, rule), "opened", DecisionKind.OPEN
        reason = incident.reason
    board.own(routed, rule, incident, how)
    admit(board, incident.id, routed, rule, known=known, reason=reason)
    board.say(kind, event, incident.id, reason)


def _reopened(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> bool:
    group = board.groups.get(routed.group_key)
    incident = board.incident(group.incident_id) if group is not None else None
    if incident is None or incident.resolved_at is None:
        return False
    event = routed.event
    since = (event.received_at - incident.resolved_at).total_seconds()
    if since > incident.reopen_seconds:
        return False
    # Whoever resolved it while this alert was on its way had not seen it: somebody has to look again.
    when = f"{span(since)} after" if since >= 0 else f"{span(-since)} before"
    text = f"{event.name} fired {when} it was resolved: within the reopen window."
    reason = Reason("reopened", text)
    incident = board.touch(incident.id, Happening.REOPENED)
    incident.state = after(incident.state, Act.REOPEN)
    incident.resolved_at, incident.resolved_by = None, ""
    incident.acknowledged_at, incident.acknowledged_by = None, ""
    incident.monitoring_at = None
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
    waiting = [
        key
        for key in board.held.get(routed.group_key, ())
        if key != event.key and _fires_since(board, key, oldest)
    ]
    if len(waiting) + 1 >= rule.min_alerts:
        board.held[routed.group_key] = waiting
        return False
    board.held[routed.group_key] = [*waiting, event.key]
    remember(board, event, known, group_key=routed.group_key, rule=rule.name)
    wanted = f"the {rule.min_alerts} alerts that rule {rule.name} asks for"
    text = f"{len(waiting) + 1} of {wanted} within {span(rule.window.total_seconds())}."
    board.say(DecisionKind.HOLD, event, None, Reason("minimum", text))
    return True


def _fires_since(board: Board, key: AlertKey, oldest: datetime) -> bool:
    one = board.occurrence(key)
    return one is not None and one.status is AlertStatus.FIRING and one.received_at >= oldest


def _neighbour(board: Board, event: AlertEvent, rule: Rule) -> tuple[Incident, Reason] | None:
    """The open incident of the nearest service in the call graph, the latest among equals."""
    if not rule.join_hops or event.service == UNKNOWN:
        return None
    near = [
        (hops, (event.received_at - incident.last_alert_at).total_seconds(), incident.id, service)
        for service, hops in board.catalog.neighbours(event.service).items()
        if hops <= rule.join_hops
        for incident in board.about(event.environment, service)
    ]
    window = rule.window.total_seconds()
    best = min((one for one in near if one[1] <= window), default=None)
    incident = board.incident(best[2]) if best is not None else None
    if best is None or incident is None:
        return None
    hops, _, _, service = best
    if not hops:
        text = f"this incident is about {service} already."
    else:
        text = f"{event.service} is {hops} call{'s' if hops > 1 else ''} from {service}, "
        text += "which this incident is about."
    return incident, Reason("topology", text)


def _storm_reason(board: Board, event: AlertEvent) -> Reason | None:
    """Count the opening that would follow; a reason where there are too many of them."""
    policy = board.rules.storm
    times = [
        time for time in board.openings.get(event.environment, ()) if event.received_at - time < policy.window
    ]
    board.openings[event.environment] = [*times, event.received_at]
    if len(times) < policy.openings:
        return None
    text = (
        f"More than {policy.openings} incidents would have opened in {event.environment} "
        f"within {span(policy.window.total_seconds())}."
    )
    return Reason("storm", text)


def _opened(board: Board, routed: Routed, rule: Rule) -> Incident:
    event = routed.event
    what = f"Rule {rule.name} opens an incident for {event.name}"
    where = f" on {event.service}" if event.service != UNKNOWN else ""
    if rule.min_alerts > 1:
        text = f"{what}{where}: {rule.min_alerts} alerts within {span(rule.window.total_seconds())}."
    else:
        text = f"{what}{where}; no open incident of its group or of a related service was found."
    title = event.summary if len(event.summary) <= _TITLE else event.summary[: _TITLE - 1] + "…"
    incident = board.create(event, rule.name, title, Reason("opened", text))
    incident.reopen_seconds = rule.reopen_window.total_seconds()
    incident.severity = routed.severity
    return incident
