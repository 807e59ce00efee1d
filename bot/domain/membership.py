"""Alerts coming to an incident and leaving it: the counters, the state and the severity that follow."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.decisions import Happening
from bot.domain.flapping import flip
from bot.domain.incident import Act, State, after
from bot.domain.reranking import AFTER_QUIET, settles
from bot.domain.rules import labels_of
from bot.domain.suspects import MOST_SEEN
from bot.domain.timer import TimerKind
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.domain.board import Board
    from bot.domain.incident import Incident, Reason, Severity
    from bot.domain.rules import Routed, Rule


def admit(
    board: Board, incident_id: str, routed: Routed, rule: Rule, *, known: Occurrence | None, reason: Reason
) -> None:
    """Attach the alert, and with it those that its group held."""
    waiting = board.held.pop(routed.group_key, [])
    attach(board, incident_id, routed, rule, known=known, reason=reason)
    incident = board.touch(incident_id, Happening.GREW)
    for key in waiting:
        held = board.occurrence(key)
        if held is None or held.incident_id is not None or held.status is not AlertStatus.FIRING:
            continue
        held = copy(held)
        held.incident_id, held.quiet = incident_id, ""
        board.outcome.occurrences[key] = held
        onset = min(held.starts_at, held.received_at)
        _count(board, incident, held.service, held.received_at, onset, returning=False)
        _escalate(board, incident, rule, rule.severity.of(labels_of(held)), held)


def attach(
    board: Board, incident_id: str, routed: Routed, rule: Rule, *, known: Occurrence | None, reason: Reason
) -> None:
    """Add a firing alert to an open incident; one that was monitored goes back to what it was."""
    event = routed.event
    incident = board.touch(incident_id, Happening.GREW)
    returning = known is not None and known.incident_id == incident.id
    if returning and known is not None and known.status is AlertStatus.FIRING:
        incident.firing = max(0, incident.firing - 1)
    remember(board, event, known, group_key=routed.group_key, rule=rule.name, incident_id=incident.id)
    if incident.state is State.MONITORING:
        acknowledged = incident.acknowledged_at is not None
        incident.state = after(State.MONITORING, Act.FIRED, acknowledged=acknowledged)
        incident.monitoring_at = None
        if not flip(board, incident, rule, event.received_at):
            board.tell(incident, event.received_at, incident.state.value, reason.text, f"rule {rule.name}")
    _count(board, incident, event.service, event.received_at, event.onset, returning=returning)
    if returning:
        incident.alerts -= 1
    _escalate(board, incident, rule, routed.severity, event)


def remember(
    board: Board,
    event: AlertEvent,
    known: Occurrence | None,
    *,
    group_key: str = "",
    rule: str = "",
    incident_id: str | None = None,
    quiet: str = "",
) -> None:
    """Make the event the alert's latest occurrence; an older one that still fired has been superseded."""
    if known is not None and known.starts_at != event.starts_at:
        _supersede(board, known, event, incident_id)
    board.outcome.occurrences[event.key] = Occurrence(
        source=event.source,
        fingerprint=event.fingerprint,
        starts_at=event.starts_at,
        status=event.status,
        ends_at=event.ends_at,
        name=event.name,
        service=event.service,
        environment=event.environment,
        labels=event.labels,
        annotations=event.annotations,
        generator_url=event.generator_url,
        received_at=event.received_at,
        group_key=group_key,
        rule=rule,
        incident_id=incident_id,
        quiet=quiet,
    )


def _supersede(board: Board, known: Occurrence, event: AlertEvent, incident_id: str | None) -> None:
    """Keep what is known of the occurrence before, for the new one takes its place in the outcome."""
    if known.status is AlertStatus.RESOLVED:
        if event.key in board.outcome.occurrences:  # it ended in this very batch
            board.outcome.superseded.append(known)
        return
    board.outcome.superseded.append(known.ended(event.starts_at, event.received_at))
    if known.incident_id is not None and known.incident_id != incident_id:
        leave(board, known.incident_id, event.received_at)


def leave(board: Board, incident_id: str, now: datetime) -> None:
    """One alert of the incident has ended; after the last one it is only monitored."""
    incident = board.touch(incident_id, Happening.SHRANK)
    incident.firing = max(0, incident.firing - 1)
    if incident.firing or incident.state not in {State.TRIGGERED, State.ACKNOWLEDGED}:
        return
    incident.state = after(incident.state, Act.ALL_ENDED)
    incident.monitoring_at = now
    if incident.flapping_since is not None:
        return
    count = f"All {incident.alerts} alerts have" if incident.alerts > 1 else "The alert has"
    text = f"{count} ended; monitoring until a person resolves the incident."
    board.tell(incident, now, "monitoring", text, "tocsin")


def _count(
    board: Board, incident: Incident, service: str, received_at: datetime, onset: datetime, *, returning: bool
) -> None:
    incident.firing += 1
    incident.alerts += 1
    opened_now = Happening.OPENED in board.outcome.happened[incident.id]
    flaps = returning and incident.flapping_since is not None  # what it does over and over says nothing
    if not flaps and not opened_now:
        _have_weighed(board, incident, service, received_at)
    incident.last_alert_at = max(incident.last_alert_at, received_at)
    incident.onset = min(incident.onset, onset)
    board.concern(incident, service)


def _have_weighed(board: Board, incident: Incident, service: str, received_at: datetime) -> None:
    """What an alert says is weighed: that of another service and one after a quiet time at once, others soon.

    Of a storm only the first alerts are read.
    """
    if received_at - incident.last_alert_at >= AFTER_QUIET:
        board.happened(incident.id, Happening.AFTER_QUIET)
    elif service in incident.services and incident.alerts <= MOST_SEEN:
        board.remind(TimerKind.JOINED, incident.id, received_at + settles(incident.alerts))


def _escalate(
    board: Board, incident: Incident, rule: Rule, severity: Severity, alert: AlertEvent | Occurrence
) -> None:
    _raise(board, incident, rule, severity, alert)
    if severity in rule.page and incident.severity not in board.rules.page_of(incident):
        board.outcome.waking.setdefault(incident.id, set()).add(severity)


def _raise(
    board: Board, incident: Incident, rule: Rule, severity: Severity, alert: AlertEvent | Occurrence
) -> None:
    if severity.rank >= incident.severity.rank:
        return
    if Happening.OPENED not in board.outcome.happened[incident.id]:
        which = f"{one_line(alert.name)} on {one_line(alert.service)}"
        text = f"Severity {severity} (was {incident.severity}): {which}."
        board.tell(incident, alert.received_at, "escalated", text, f"rule {rule.name}")
    incident.severity = severity
    board.happened(incident.id, Happening.ESCALATED)
