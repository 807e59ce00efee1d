"""Keeps the incident's living status message; safe to repeat as `living_message` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.handlers.living_message import show

if TYPE_CHECKING:
    from bot.app.ports import Message, UnitOfWork
    from bot.delivery.attempt import Attempt, Handled
    from bot.delivery.handlers.outside import Outside
    from bot.domain.view import IncidentView


class StatusCard:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Show the newest state."""
        return await show(self._outside, attempt, "status", self._draw)

    async def _draw(self, _uow: UnitOfWork, view: IncidentView) -> Message:
        return self._outside.cards.status(view)
