"""Reads a world as the store is read: only what could matter to the alerts in hand, and nothing is copied."""

from __future__ import annotations

from copy import copy
from itertools import chain
from typing import TYPE_CHECKING

from bot.domain.decisions import Snapshot
from bot.domain.openings import EXPIRED
from bot.domain.suppression import inhibition_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.opening_scope import OpeningScope
    from bot.domain.rules import Routed, RuleSet
    from bot.replay.world import World


def read(
    world: World,
    routed: Sequence[Routed],
    rules: RuleSet,
    opening: OpeningScope | None = None,
    incident_id: str | None = None,
) -> Snapshot:
    """What matters to these alerts and to that incident; with `opening`, what an opening needs too."""
    snapshot = Snapshot(quiet=world.quiet)
    for one in routed:
        key = one.event.key
        known = world.occurrences.get(key)
        if known is not None:
            if known.incident_id is not None and known.incident_id not in world.incidents:
                known = copy(known)  # its incident is forgotten
                known.incident_id = None
            snapshot.occurrences[key] = known
            _take(world, snapshot, known.incident_id)
        group = world.groups.get(one.group_key)
        if group is not None:
            snapshot.groups[group.key] = group
            _take(world, snapshot, group.incident_id)
    _take(world, snapshot, incident_id)
    if rules.inhibitions:
        for cause in inhibition_keys(list(routed), rules):
            snapshot.inhibitors[cause] = list(world.inhibitors.get(cause, {}).values())
    if opening is not None:
        _read_opening(world, snapshot, opening, alone=len(routed) == 1)
    return snapshot


def _take(world: World, snapshot: Snapshot, incident_id: str | None) -> None:
    incident = world.incidents.get(incident_id) if incident_id is not None else None
    if incident is not None:
        snapshot.incidents[incident.id] = incident


def _read_opening(world: World, snapshot: Snapshot, opening: OpeningScope, *, alone: bool) -> None:
    about = _about(world, opening)
    for incident_id in dict.fromkeys(chain.from_iterable(about.values())):
        _take(world, snapshot, incident_id)
    # Of several alerts an earlier one may bring back an incident that is not near now; those the board files.
    snapshot.about = about if alone else None
    for group_key, since in opening.held.items():
        # Those that were let go count for what comes late.
        let_go = world.quieted.get(f"{EXPIRED}:{group_key}", ())
        for key in (*world.held.get(group_key, ()), *let_go):
            waiting = world.occurrences[key]
            if waiting.received_at >= since:
                snapshot.occurrences[key] = waiting
                snapshot.held.setdefault(group_key, []).append(key)
    for environment in opening.openings_since:
        for incident_id in world.storms.get(environment, ()):
            _take(world, snapshot, incident_id)
        snapshot.openings[environment] = list(world.openings.get(environment, {}).values())


def _about(world: World, opening: OpeningScope) -> dict[tuple[str, str], list[str]]:
    """The open incidents near by that were heard of lately, by environment and service."""
    found: dict[tuple[str, str], list[str]] = {}
    for place, since in opening.services.items():
        filed = world.about.get(place, ())
        there = [one for one in filed if world.incidents[one].last_alert_at >= since]
        if there:
            found[place] = there
    return found
