"""Which open incidents a statement of a change could explain, or explain otherwise than before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.alert import UNKNOWN, may_be_one
from bot.domain.change import EVERYWHERE, merged

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.incident import Incident


@dataclass(frozen=True, slots=True)
class Told:
    """A statement of a change, and what it may explain.

    `services`: those whose alerts it could explain (None: any). `since`: when the first thing happened that
    it says anew: the change itself, or a further wave of one that was known.
    """

    change: Change
    services: frozenset[str] | None
    since: datetime


def told(change: Change, known: Change | None, catalog: Catalog) -> list[Told]:
    """What a statement may explain, after what was `known` of the change.

    That a change has ended, or the very same again, explains nothing that it did not explain before. One that
    was told of wrongly is told as it is and as it was known: an incident that blames it loses a suspect.
    """
    if known is None:
        return [Told(change, alerting_services(change, catalog), change.time)]
    stands = merged(known, change)
    if replace(stands, received_at=known.received_at, ended_at=known.ended_at, waves=known.waves) != known:
        return [Told(one, alerting_services(one, catalog), one.time) for one in (change, known)]
    added = [wave.time for wave in stands.waves if wave not in known.waves]
    return [Told(change, alerting_services(change, catalog), min(added))] if added else []


def alerting_services(change: Change, catalog: Catalog) -> frozenset[str] | None:
    """The services whose alerts the change could explain; None: of any service."""
    if change.service == UNKNOWN or change.service in EVERYWHERE:
        return None
    # An alert that names no service may be about any.
    return frozenset(catalog.callers(change.service)) | {UNKNOWN} | EVERYWHERE


def could_explain(told: Told, incident: Incident, look_back: timedelta, skew: timedelta) -> bool:
    """Whether the statement could explain the open incident: by environment, time and services.

    What came more than `skew` after the onset did not cause what was there at first, but before the latest
    alert it may have caused that. A rollback says something
    about what it undoes, whenever it comes. The store's query says the same in SQL.
    """
    change, services = told.change, told.services
    return (
        incident.is_open
        and may_be_one(change.environment, incident.environment)
        and incident.onset - look_back <= change.latest
        and (change.undoes or told.since <= max(incident.onset + skew, incident.last_alert_at))
        and (services is None or not incident.services or any(one in services for one in incident.services))
    )
