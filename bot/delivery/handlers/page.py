"""Wakes somebody; safe to repeat, since the pager knows the effect's key by its Idempotency-Key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.app.run_variables import console_page
from bot.delivery.attempt import Handled
from bot.domain.alert import instant
from bot.domain.decisions import TimelineEntry

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside
    from bot.domain.view import IncidentView

log = structlog.get_logger(__name__)


class Page:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Send the page, or say that there is nobody to send it to."""
        async with self._outside.store.begin() as uow:
            view = await uow.incidents.view(attempt.incident_id)
        why = str(attempt.payload["why"])
        if self._outside.pager is None:
            log.warning("nobody was paged", incident=view.incident.name, reason="no pager configured")
            return self._told(attempt, "not_paged", "Nobody was paged: no pager configured.", why="")
        await self._outside.pager.page(self._body(view, why), attempt.key)
        return self._told(attempt, "paged", f"Paged: {why}", why=why)

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

    def _told(self, attempt: Attempt, kind: str, text: str, *, why: str) -> Handled:
        async def record(uow: UnitOfWork) -> None:
            now = self._outside.clock()
            if why:
                await uow.incidents.record_page(attempt.incident_id, now, why)
            await uow.incidents.tell([TimelineEntry(attempt.incident_id, now, kind, text, "pager")])

        return Handled({"paged": bool(why)}, record)
