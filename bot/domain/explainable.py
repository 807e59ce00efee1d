"""Which open incidents a change that arrives late could explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.alert import UNKNOWN
from bot.domain.correlation import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.incident import Incident


def alerting_services(change: Change, catalog: Catalog) -> frozenset[str] | None:
    """The services whose alerts the change could explain; None: of any service."""
    if change.service == UNKNOWN or change.service in EVERYWHERE:
        return None
    # An alert that names no service may be about any.
    return frozenset(catalog.callers(change.service)) | {UNKNOWN} | EVERYWHERE


def could_explain(
    change: Change, services: Collection[str] | None, incident: Incident, look_back: timedelta
) -> bool:
    """Whether the change could explain the open incident: by environment, time and `services` (None: any).

    A rollback says something about what it undoes, whenever it comes. The store's query says the same in SQL.
    """
    environments = {change.environment, incident.environment}
    latest = max(incident.last_alert_at, incident.opened_at)
    return (
        incident.is_open
        and (len(environments) == 1 or UNKNOWN in environments)
        and incident.onset - look_back <= change.latest
        and (change.undoes or change.time <= latest)
        and (services is None or not incident.services or any(one in services for one in incident.services))
    )
