"""The incidents that responders judged, with all that was known of them: to learn from and to hand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.pace import LOOKED_OVER
from bot.domain.verdicts import key_of, standing
from bot.evaluation.labelled import LOOKED_AT, Labelled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime, timedelta

    from bot.app.ports import Store


async def labelled_incidents(store: Store, since: datetime, look_back: timedelta) -> AsyncIterator[Labelled]:
    """The incidents that were judged since then and whose cause is decided, one transaction each.

    Each with the changes from `look_back` before its onset, and at least those of a week, until 15 minutes
    after its last alert, and with its cause, wherever that was made. Incidents without an alert have nothing
    to learn from.
    """
    async with store.begin() as uow:
        said = await uow.verdicts.since(since)
    for incident_id, history in said.items():
        verdict = standing(history).decided
        if verdict is None:
            continue
        async with store.begin() as uow:
            view = await uow.incidents.view(incident_id)
            incident = view.incident
            changes = await uow.verdicts.changes_between(
                incident.onset - max(look_back, LOOKED_OVER),
                max(incident.last_alert_at, incident.onset) + LOOKED_AT,
                incident.environment,
            )
        if not view.alerts:
            continue
        if verdict.change is not None and key_of(verdict.change) not in map(key_of, changes):
            changes.append(verdict.change)
        yield Labelled(incident, view.alerts, tuple(changes), verdict.change)
