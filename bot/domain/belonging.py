"""Which open incident an alert belongs to: the likeliest of those near by, of its group, and where it was."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.incident import Reason, State
from bot.domain.joining import Standing, again_odds, join_reason, kin, odds, return_odds, unended_odds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.board import Board
    from bot.domain.incident import Incident
    from bot.domain.rules import Routed, Rule

DECISIVE: Final = 20.0
"""So much likelier than trouble of its own, an alert joins where it was or its group is."""
_CERTAIN: Final = math.inf
FIRED_AGAIN: Final = Reason("fired_again", "An alert of this incident fired again.")
SAME_GROUP: Final = Reason("same_group", "An incident of the same group is open.")


@dataclass(slots=True)
class Belonging:
    """Where an alert belongs, how many times likelier than on its own, and whether it was there before."""

    incident: Incident
    odds: float
    reason: Reason
    returning: bool = False


def owner(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> Belonging | None:
    """The open incident that the alert belongs to without any question, if there is one."""
    former = _former(board, routed, rule, known)
    if former is not None and former.odds >= DECISIVE:
        return former
    incident = board.owner(routed.group_key)
    if incident is None or not incident.is_open:
        return None
    times = _group_odds(board, routed, rule, incident)
    if times < DECISIVE:
        return None
    returning = known is not None and known.incident_id == incident.id
    return Belonging(incident, times, FIRED_AGAIN if returning else SAME_GROUP, returning)


def likeliest(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> Belonging | None:
    """The open incident that the alert most likely belongs to, if trouble of its own is less likely.

    An alert that ended within the rule's window goes back where it was, unless another is likelier.
    """
    if not rule.join_hops:
        return None
    event = routed.event
    near = {one.id: one for one in _near(board, event, rule)}
    times = {one.id: odds(event.service, _standing(one, event), board.catalog) for one in near.values()}
    incident = board.owner(routed.group_key)
    if incident is not None and incident.is_open:
        near[incident.id] = incident
        times[incident.id] = max(_group_odds(board, routed, rule, incident), times.get(incident.id, 0.0))
    former = _former(board, routed, rule, known)
    if former is not None:
        back = former.incident
        near[back.id] = back
        times[back.id] = max(former.odds, times.get(back.id, 0.0), rule.join_odds)
    best = max(near.values(), key=lambda one: (times[one.id], one.opened_at, one.id), default=None)
    if best is None or times[best.id] < rule.join_odds:
        return None
    if former is not None and best is former.incident:
        return replace(former, odds=times[best.id])
    if best is incident and times[best.id] <= rule.join_odds:
        return Belonging(best, times[best.id], SAME_GROUP)
    standing = _standing(best, event)
    odds_there = times[best.id]
    reason = join_reason(event.service, standing.services, odds_there, standing.seconds, board.catalog)
    return Belonging(best, odds_there, reason or SAME_GROUP)


def same_odds(board: Board, routed: Routed, known: Occurrence | None, incident: Incident) -> float:
    """How much likelier the alert is a part of the resolved incident of its group than on its own.

    Certain for one that was in it: whoever resolved it has to look again.
    """
    if known is not None and known.incident_id == incident.id:
        return _CERTAIN
    return again_odds(routed.event.service, _standing(incident, routed.event), board.catalog)


def _group_odds(board: Board, routed: Routed, rule: Rule, incident: Incident) -> float:
    """The same for its group's open incident: certain where the rule joins nothing by likelihood.

    Within the rule's window it suffices to join, unless an incident near by is likelier. 0 where that has
    passed since the last of the incident's alerts, and all of them have ended.
    """
    event = routed.event
    within = event.received_at - incident.last_alert_at <= rule.window
    if incident.state is State.MONITORING and not within:
        return 0.0
    if not rule.join_hops:
        return _CERTAIN
    times = again_odds(event.service, _standing(incident, event), board.catalog)
    return max(times, rule.join_odds) if within else times


def _former(board: Board, routed: Routed, rule: Rule, known: Occurrence | None) -> Belonging | None:
    """The open incident that the alert was in, until now or until it ended within the rule's window."""
    if known is None or known.incident_id is None:
        return None
    back = _back(routed, rule, known)
    if _is_long_over(routed, rule, known, back):
        return None
    incident = board.incident(known.incident_id)
    if incident is None or not incident.is_open:
        return None
    return Belonging(incident, back, FIRED_AGAIN, returning=True)


def _back(routed: Routed, rule: Rule, known: Occurrence) -> float:
    """How much likelier it is that the alert was not over than that it is another trouble."""
    if not rule.join_hops:
        return _CERTAIN
    if known.status is AlertStatus.FIRING:
        return unended_odds((routed.event.starts_at - known.received_at).total_seconds())
    return return_odds(_pause(routed, known))


def _is_long_over(routed: Routed, rule: Rule, known: Occurrence, back: float) -> bool:
    """Whether it ended before the rule's window; where nobody told its end, whether that is likelier."""
    if known.status is AlertStatus.FIRING:
        return back < rule.join_odds
    return _pause(routed, known) > rule.window.total_seconds()


def _pause(routed: Routed, known: Occurrence) -> float:
    """The seconds since the alert ended."""
    return (routed.event.received_at - (known.ends_at or known.received_at)).total_seconds()


def _near(board: Board, event: AlertEvent, rule: Rule) -> Iterator[Incident]:
    """The open incidents that are about services which one fault may hit together with the alert's."""
    for service in kin(board.catalog, event.service, rule.join_hops):
        about = board.about(event.environment, service)
        if not about:
            continue
        # The store reads, of each service, the incident that was heard of last.
        heard = about[0] if len(about) == 1 else min(about, key=_last_heard)
        if event.received_at - heard.last_alert_at <= rule.window:
            yield heard


def _last_heard(incident: Incident) -> tuple[float, str]:
    return -incident.last_alert_at.timestamp(), incident.id


def _standing(incident: Incident, event: AlertEvent) -> Standing:
    seconds = (event.received_at - incident.opened_at).total_seconds()
    return Standing(incident.services, seconds, incident.alerts)
