"""`approval`: a gate and nothing else. Any other step can carry `approval:` itself, often the clearer way."""

from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.toolbox import Toolbox


class ApprovalParams(Params):
    """None: who is asked and what stands in the step's `approval`."""


async def run(_params: ApprovalParams, context: StepContext, _toolbox: Toolbox) -> StepResult:
    """The engine has asked; this only says who it was."""
    return StepResult(f"approved by {context.approved_by}", {"by": context.approved_by})


KIND = StepKind(
    name="approval",
    summary="Ask a person before the steps that follow.",
    params=ApprovalParams,
    run=run,
    results=frozenset({"by"}),
    needs_approval=True,
)
