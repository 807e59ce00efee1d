"""Carries one step out through a toolbox; whatever happens becomes an outcome that the run can record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from playbooks.errors import PermanentStepError, StepFailedError, UncertainStepError, UnknownVariableError
from playbooks.kinds import KINDS
from playbooks.kinds.kind import StepContext, render_params
from playbooks.model import StepResult
from playbooks.template import paths
from playbooks.transitions import failed, succeeded
from playbooks.variables import scope

if TYPE_CHECKING:
    from datetime import datetime

    from playbooks.actions import Execute
    from playbooks.kinds.kind import StepKind
    from playbooks.model import Playbook, Run, Step
    from playbooks.toolbox import Toolbox


Outcome = StepResult | StepFailedError


async def execute(action: Execute, run: Run, toolbox: Toolbox, now: datetime) -> Outcome:
    """Do what the step says, within its timeout. Only a cancellation is raised."""
    step = action.step
    kind = KINDS[step.kind]
    variables = {**scope(run), "secrets": _secrets(step, toolbox)}
    context = StepContext(action.idempotency_key, now, step.timeout, run.step(step.name).approved_by)
    try:
        params = render_params(kind.params.model_validate(step.params), variables)
        async with asyncio.timeout(step.timeout.total_seconds()):
            return await _carry_out(kind, params, context, toolbox, check_first=action.check_first)
    except UnknownVariableError as error:
        # A secret: that it is not there is known only now, and somebody may have approved what needs it.
        return PermanentStepError(str(error))
    except StepFailedError as error:
        return error
    except TimeoutError:
        return UncertainStepError(f"no answer within {step.timeout.total_seconds():g} s")
    except Exception as error:  # noqa: BLE001 - recorded as the step's outcome, and a person may be asked
        return UncertainStepError(f"unexpected {type(error).__name__}")


async def _carry_out(
    kind: StepKind[Any], params: Any, context: StepContext, toolbox: Toolbox, *, check_first: bool
) -> StepResult:
    if check_first and kind.check:
        try:
            done = await kind.check(params, context, toolbox)
        except StepFailedError as error:
            raise UncertainStepError(f"could not be checked: {error}") from error
        if done:
            return done
    return await kind.run(params, context, toolbox)


def record(run: Run, playbook: Playbook, action: Execute, outcome: Outcome, now: datetime) -> Run:
    """The run after the outcome.

    Raises:
        TransitionError: the step does not run (any more).
    """
    name = action.step.name
    if isinstance(outcome, StepResult):
        return succeeded(run, name, outcome, now)
    return failed(run, playbook, name, outcome, now)


def _secrets(step: Step, toolbox: Toolbox) -> dict[str, str | None]:
    named = {
        path.parts[1] for path in paths(step.params) if path.parts[0] == "secrets" and len(path.parts) > 1
    }
    return {name: toolbox.secret(name) for name in named if isinstance(name, str)}
