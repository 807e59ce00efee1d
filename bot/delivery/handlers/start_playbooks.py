"""Starts the playbooks that a rule names; safe to repeat: a run's id follows from incident and playbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.attempt import Handled

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside


class StartPlaybooks:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Enter the runs in the transaction that ends the effect."""
        names = [str(name) for name in attempt.payload["playbooks"]]

        async def record(uow: UnitOfWork) -> None:
            await self._outside.runs.start(uow, attempt.incident_id, names)

        return Handled({"playbooks": names}, record)
