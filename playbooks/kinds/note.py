"""`note`: adds a line to the incident's timeline."""

from typing import Annotated

from pydantic import Field

from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.template import Place
from playbooks.toolbox import Toolbox


class NoteParams(Params):
    """What to write down."""

    text: Annotated[str, Place.TEXT, Field(min_length=1, max_length=2_000)]


async def run(params: NoteParams, context: StepContext, toolbox: Toolbox) -> StepResult:
    """Write it down, once for the key."""
    await toolbox.note(params.text, context.idempotency_key)
    return StepResult(params.text)


KIND = StepKind(name="note", summary="Add a line to the timeline.", params=NoteParams, run=run)
