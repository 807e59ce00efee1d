"""The true grouping as a rule: each alert carries the name of its group, and groups are incidents.

So that ranking alone is measured, by the very code that runs end to end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.matchers import Matcher
from bot.domain.rules import Rule, RuleSet, StormPolicy

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.evaluation.truth import Group
    from bot.replay.engine import Engine

GROUP: Final = "tocsin_group"
_EVER: Final = timedelta(days=10_000)
_RULE: Final = Rule(
    name="given",
    matchers=(Matcher(GROUP, "!=", ""),),
    group_by=(GROUP,),
    window=_EVER,
    join_hops=0,
    reopen_window=_EVER,
)
GIVEN: Final = RuleSet([_RULE], StormPolicy(openings=1 << 60))
"""Alerts of a group open its incident or join it, however late; others open nothing."""


def labelled(event: AlertEvent, group: Group | None) -> AlertEvent:
    """The event with the name of its group, if it has one."""
    return event if group is None else replace(event, labels={**event.labels, GROUP: str(group)})


def set_apart(engine: Engine, event: AlertEvent) -> None:
    """Close the incident of another group that this alert belongs to by its fingerprint.

    An alert that fires again belongs to its open incident, whatever its labels say; where the true grouping
    says otherwise, that incident has to be closed. A later alert of its group opens it again.
    """
    group = event.labels.get(GROUP)
    known = engine.world.occurrences.get(event.key)
    if event.status is not AlertStatus.FIRING or group is None or known is None or known.incident_id is None:
        return
    incident = engine.world.incidents.get(known.incident_id)
    if incident is not None and incident.is_open and known.labels.get(GROUP) != group:
        engine.world.resolve(incident, event.received_at, "evaluation")
