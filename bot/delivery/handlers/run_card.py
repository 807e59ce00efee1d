"""Keeps the message of a playbook run, with its buttons; safe to repeat as `living_message` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.run_story import summarize
from bot.app.runs import pinned
from bot.delivery.handlers.living_message import show

if TYPE_CHECKING:
    from bot.app.ports import Message, UnitOfWork
    from bot.delivery.attempt import Attempt, Handled
    from bot.delivery.handlers.outside import Outside
    from bot.domain.view import IncidentView


class RunCard:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Show the run as it stands."""
        run_id = str(attempt.payload["run"])

        async def draw(uow: UnitOfWork, view: IncidentView) -> Message:
            _, run = await uow.runs.get(run_id)
            return self._outside.cards.run(view, summarize(run, await pinned(uow, run)))

        return await show(self._outside, attempt, f"run:{run_id}", draw)
