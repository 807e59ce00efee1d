"""Takes one step of a playbook run, outside of any transaction.

Safe to repeat: the step is noted as started before it is done. An attempt after one of unknown outcome finds
it so, and the engine repeats it only where it may be repeated or checked; else a person is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.transactions import transact
from bot.delivery.attempt import Handled, LeaseLostError
from playbooks.actions import Execute
from playbooks.execution import execute

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.app.ports.tracing import Attributes
    from bot.app.runs import Begun
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside


class AdvanceRun:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Begin what is next, do it, and record how it ended with the end of the effect."""
        outside, run_id = self._outside, str(attempt.payload["run"])
        lost = attempt.uncertain_since is not None

        async def begin(uow: UnitOfWork) -> Begun:
            if not await attempt.renew(uow):
                raise LeaseLostError(attempt.key)
            return await outside.runs.begin(uow, attempt.incident_id, run_id, lost=lost)

        begun = await transact(outside.store, begin)
        action = begun.action
        if not isinstance(action, Execute):
            return Handled({"action": type(action).__name__})
        toolbox = outside.toolbox(begun.incident_id)
        about: Attributes = {
            "tocsin.playbook": begun.run.playbook,
            "tocsin.step": action.step.name,
            "tocsin.attempt": action.attempt,
        }
        with outside.tracer.work(f"step {action.step.kind}", about):
            outcome = await execute(action, begun.run, toolbox, outside.clock())

        async def record(uow: UnitOfWork) -> None:
            await outside.runs.finish(uow, begun, action, outcome)

        return Handled({"step": action.step.name, "attempt": action.attempt}, record)
