"""Wakes somebody; safe to repeat, since the pager knows the effect's key by its Idempotency-Key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.app.run_variables import console_page
from bot.delivery.attempt import Handled
from bot.domain.alert import instant
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import status_card

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.incident import Incident
    from bot.domain.view import IncidentView

log = structlog.get_logger(__name__)


class Page:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Send the page, or say that there is nobody to send it to."""
        async with self._outside.store.singly() as uow:
            view = await uow.incidents.view(attempt.incident_id)
        why = str(attempt.payload["why"])
        if self._outside.pager is None:
            log.warning("nobody was paged", incident=view.incident.name, reason="no pager configured")
            return self._nobody(attempt, "no pager configured")
        if attempt.claimed.failing_since is not None and not view.incident.is_open:
            return self._nobody(attempt, "the incident was over before the pager answered")
        await self._outside.pager.page(self._body(view, why), attempt.key)
        return self._paged(attempt, view.incident, why)

    def _body(self, view: IncidentView, why: str) -> dict[str, Any]:
        incident = view.incident
        return {
            "incident": incident.name,
            "title": incident.title,
            "state": str(incident.state),
            "severity": str(incident.severity),
            "environment": incident.environment,
            "services": list(incident.services),
            "opened_at": instant(incident.opened_at),
            "why": why,
            "channel": view.channel.name if view.channel else None,
            "url": console_page(self._outside.policy.console_url, incident) or None,
        }

    def _nobody(self, attempt: Attempt, reason: str) -> Handled:
        async def record(uow: UnitOfWork) -> None:
            text = f"Nobody was paged: {reason}."
            await uow.incidents.tell([self._line(attempt, "not_paged", text)])

        return Handled({"paged": False}, record)

    def _paged(self, attempt: Attempt, incident: Incident, why: str) -> Handled:
        async def record(uow: UnitOfWork) -> None:
            # A card that waits may be drawn just now: it waits for us, or ours comes behind it.
            await uow.incidents.get(incident.id, lock=True)
            await uow.incidents.record_page(incident.id, self._outside.clock(), why)
            await uow.incidents.tell([self._line(attempt, "paged", f"Paged: {why}")])
            await uow.outbox.add([status_card(incident, attempt.key)])

        return Handled({"paged": True}, record)

    def _line(self, attempt: Attempt, kind: str, text: str) -> TimelineEntry:
        return TimelineEntry(attempt.incident_id, self._outside.clock(), kind, text, "pager")
