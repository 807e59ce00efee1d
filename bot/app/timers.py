"""What happens when a timer rings: Slack's silence, a run that goes on, alerts that are considered again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.alert import instant
from bot.domain.effects import advance_run, page_once
from bot.domain.errors import NotFoundError
from bot.domain.timer import DECIDING, TimerKind

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.app.waking import Waking
    from bot.domain.timer import Timer

_RANKING: Final = frozenset({TimerKind.RERANK, TimerKind.JOINED})
NO_CHANNEL: Final = "channel-overdue"
"""The cause of pages about a channel that does not open: whoever notices it first pages, and nobody again."""


@dataclass(frozen=True, slots=True)
class Bell:
    """Rings timers. Without `waking`, those that decide about alerts bring nothing about."""

    waking: Waking | None = None

    async def prepare(self, uow: UnitOfWork, timer: Timer) -> None:
        """Take the locks that ringing needs; they come before every row in a transaction."""
        if self.waking is not None and timer.kind in DECIDING | _RANKING:
            await self.waking.lock(uow, timer)

    async def ring(self, uow: UnitOfWork, timer: Timer) -> None:
        """Do what the timer reminds of; of what is not there any more there is nothing to remind."""
        try:
            match timer.kind:
                case TimerKind.CHANNEL_OVERDUE:
                    await _channel_overdue(uow, timer)
                case TimerKind.RUN_WAKE:
                    incident_id, run = await uow.runs.get(timer.subject)
                    await uow.outbox.add([advance_run(incident_id, run.id, f"wake:{instant(timer.due_at)}")])
                case kind if kind in _RANKING:
                    if self.waking is not None:
                        await self.waking.rerank(uow, timer)
                case TimerKind.RECONSIDER | TimerKind.HELD | TimerKind.CALM:
                    if self.waking is not None:
                        await self.waking.ring(uow, timer)
        except NotFoundError:
            return


async def _channel_overdue(uow: UnitOfWork, timer: Timer) -> None:
    incident = await uow.incidents.get(timer.subject)
    if incident.is_open and await uow.chat.channel(incident.id) is None:
        why = f"Slack has given {incident.name} no channel in time: {incident.title}"
        await uow.outbox.add([page_once(incident, why, NO_CHANNEL)])


async def slack_is_silent(uow: UnitOfWork, incident_id: str, why: str, cause: str) -> None:
    """Page because what is to be seen in Slack cannot be shown; once for each `cause`."""
    incident = await uow.incidents.get(incident_id)
    if incident.is_open:
        text = f"Slack does not show {incident.name} ({why}): {incident.title}"
        await uow.outbox.add([page_once(incident, text, cause)])
