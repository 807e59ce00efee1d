"""What happens when a timer rings: somebody is paged about Slack's silence, or a playbook run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import instant
from bot.domain.effects import TimerKind, advance_run, page_about_delivery
from bot.domain.errors import NotFoundError

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.domain.effects import Timer

NO_CHANNEL: Final = "channel-overdue"
"""The cause of pages about a channel that does not open: whoever notices it first pages, and nobody again."""


async def ring(uow: UnitOfWork, timer: Timer) -> None:
    """Do what the timer reminds of; of what is not there any more there is nothing to remind."""
    try:
        match timer.kind:
            case TimerKind.CHANNEL_OVERDUE:
                await _channel_overdue(uow, timer)
            case TimerKind.RUN_WAKE:
                incident_id, run = await uow.runs.get(timer.subject)
                await uow.outbox.add([advance_run(incident_id, run.id, f"wake:{instant(timer.due_at)}")])
            case TimerKind.RERANK:
                pass  # late changes re-rank by themselves; nothing sets this timer yet
    except NotFoundError:
        return


async def _channel_overdue(uow: UnitOfWork, timer: Timer) -> None:
    incident = await uow.incidents.get(timer.subject)
    if incident.is_open and await uow.chat.channel(incident.id) is None:
        waited = (timer.due_at - incident.opened_at).total_seconds()
        why = f"Slack has given {incident.name} no channel within {waited:.0f} s: {incident.title}"
        await uow.outbox.add([page_about_delivery(incident, why, NO_CHANNEL)])


async def slack_is_silent(uow: UnitOfWork, incident_id: str, why: str, cause: str) -> None:
    """Page because what is to be seen in Slack cannot be shown; once for each `cause`."""
    incident = await uow.incidents.get(incident_id)
    if incident.is_open:
        text = f"Slack does not show {incident.name} ({why}): {incident.title}"
        await uow.outbox.add([page_about_delivery(incident, text, cause)])
