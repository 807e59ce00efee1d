"""`wait`: a pause. It becomes a timer, so that no worker sleeps and no restart forgets it."""

from datetime import timedelta

from playbooks.durations import Duration, show_duration
from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.toolbox import Toolbox


class WaitParams(Params):
    """How long."""

    duration: Duration


async def run(params: WaitParams, _context: StepContext, _toolbox: Toolbox) -> StepResult:
    """Nothing is left to do: the engine has waited."""
    return StepResult(f"waited {show_duration(params.duration)}")


def hold(params: WaitParams) -> timedelta:
    """The length of the pause."""
    return params.duration


KIND = StepKind(name="wait", summary="Pause before the next step.", params=WaitParams, run=run, hold=hold)
