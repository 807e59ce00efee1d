"""Keeps a replay's memory flat: what can decide nothing any more is dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.precedents import FIRED_WITHIN

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.domain.incident import Incident
    from bot.domain.rules import RuleSet
    from bot.replay.world import World

REMEMBERED: Final = timedelta(hours=1)
"""How long an ended alert is remembered at least, so that a delivery that comes again is known."""

LONG_ENDED: Final = timedelta(hours=24)
"""How long an ended alert of an incident that still goes on is remembered in a lean world."""
LONG_SILENT: Final = timedelta(days=7)
"""How long an alert that never ended is remembered there; senders repeat what fires every few hours."""


def forget(world: World, now: datetime, rules: RuleSet, look_back: timedelta) -> None:
    """Drop closed incidents, ended alerts, old openings and changes.

    An incident goes when it can reopen no more, an ended alert after the longest window with its incident,
    a change when it lies before the look-back of every open incident. In a lean world an alert goes too that
    never ends, when nothing was heard of it for very long: it would be taken for a new one.
    """
    for incident in [one for one in world.incidents.values() if _is_over(one, now)]:
        _drop(world, incident)
    before = now - max((REMEMBERED, *(rule.window for rule in rules.rules)))
    known = world.occurrences.items()
    for key in [key for key, one in known if one.received_at < before and _is_done(world, one, now)]:
        world.forget(key)
    world.end_quiet(before)
    since = now - rules.storm.window
    for environment, times in world.openings.items():
        world.openings[environment] = {key: at for key, at in times.items() if at > since}
    # A lean world ranks nothing: of a change it needs to know for a while that it was told already.
    heard = () if world.lean else world.heard
    onset = min((world.incidents[one].onset for one in heard), default=now)
    world.changes.forget(onset - look_back)
    world.firings.forget(onset - FIRED_WITHIN)


def _is_over(incident: Incident, now: datetime) -> bool:
    # The end of an alert that still fires is entered in its incident.
    if incident.resolved_at is None or incident.firing:
        return False
    return (now - incident.resolved_at).total_seconds() > incident.reopen_seconds


def _is_done(world: World, one: Occurrence, now: datetime) -> bool:
    ended = one.status is AlertStatus.RESOLVED
    if ended and (one.incident_id is None or one.incident_id not in world.incidents):
        return True
    if not world.lean:
        return False
    heard = max(one.received_at, world.repeated.get(one.key, one.received_at))
    return now - heard > (LONG_ENDED if ended else LONG_SILENT)


def _drop(world: World, incident: Incident) -> None:
    del world.incidents[incident.id]
    world.members.pop(incident.id, None)
    world.rankings.pop(incident.id, None)
    for key in world.keys.pop(incident.id, ()):
        group = world.groups.get(key)
        if group is not None and group.incident_id == incident.id:
            del world.groups[key]
