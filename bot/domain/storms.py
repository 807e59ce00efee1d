"""Storms: too many openings at once become one incident, whose summary lives as long as it grows."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.decisions import Happening
from bot.domain.incident import Reason
from bot.domain.spans import span
from bot.domain.timer import TimerKind
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.board import Board
    from bot.domain.incident import Incident

STORM_RULE: Final = "storm"
STORM: Final = "storm:"
"""What the subject of a storm's timer begins with, before the incident's id."""
TOP: Final = 5


def storm_reason(board: Board, event: AlertEvent) -> Reason | None:
    """Count the opening that would follow; a reason where there are too many of them."""
    policy = board.rules.storm
    times = board.openings.setdefault(event.environment, [])
    before = len(times) - bisect_right(times, event.received_at - policy.window)
    insort(times, event.received_at)
    if before < policy.openings:
        return None
    text = (
        f"More than {policy.openings} incidents would have opened in {one_line(event.environment)} "
        f"within {span(policy.window.total_seconds())}."
    )
    return Reason("storm", text)


def storm_incident(board: Board, event: AlertEvent, reason: Reason) -> tuple[Incident, bool]:
    """The storm that this alert's group joins, and whether it begins with it."""
    found = next(board.storms(event.environment), None)
    title = f"Alert storm in {one_line(event.environment)}"
    incident = found or board.create(event, STORM_RULE, title, reason, storm=True)
    incident = board.touch(incident.id, Happening.STORM_GREW)
    if incident.calm_at is not None:
        incident.calm_at = None
        board.tell(incident, event.received_at, "storm", reason.text, f"rule {STORM_RULE}")
    board.remind(TimerKind.CALM, f"{STORM}{incident.id}", event.received_at + board.rules.storm.window)
    return incident, found is None


def storm_over(board: Board, incident_id: str, at: datetime) -> None:
    """No group has joined for the storm's window: new alerts make incidents of their own again."""
    incident = board.touch(incident_id, Happening.STORM_OVER)
    incident.calm_at = at
    quiet = span(board.rules.storm.window.total_seconds())
    text = f"The storm is over: nothing new has joined for {quiet}. {incident.firing} of its alerts fire."
    board.tell(incident, at, "storm over", text, "tocsin")


@dataclass(frozen=True, slots=True)
class StormSummary:
    """A storm at a glance: how much, since when, and what it is mostly made of (`names`: alert, how many)."""

    alerts: int
    firing: int
    services: int
    groups: int
    since: datetime
    names: tuple[tuple[str, int], ...]
    worst: tuple[tuple[str, int], ...]
    over_at: datetime | None


def storm_summary(incident: Incident, alerts: Sequence[Occurrence]) -> StormSummary:
    """Sum up a storm; `worst` are the services with the most alerts that fire."""
    firing = [one for one in alerts if one.status is AlertStatus.FIRING]
    return StormSummary(
        alerts=incident.alerts,
        firing=incident.firing,
        services=len(incident.services),
        groups=len({one.group_key for one in alerts}),
        since=incident.onset,
        names=_most(one.name for one in alerts),
        worst=_most(one.service for one in firing or alerts),
        over_at=incident.calm_at,
    )


def _most(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counted = Counter(names)
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:TOP])
