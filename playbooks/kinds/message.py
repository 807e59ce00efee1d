"""`message`: says something in the incident's channel."""

from typing import Annotated

from pydantic import Field

from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.template import Place
from playbooks.toolbox import Toolbox


class MessageParams(Params):
    """What to say."""

    text: Annotated[str, Place.TEXT, Field(min_length=1, max_length=3_000)]


async def run(params: MessageParams, context: StepContext, toolbox: Toolbox) -> StepResult:
    """Post it, once for the key."""
    reference = await toolbox.post_message(params.text, context.idempotency_key)
    return StepResult(params.text, {"reference": reference})


KIND = StepKind(
    name="message",
    summary="Post a message in the incident's channel.",
    params=MessageParams,
    run=run,
    results=frozenset({"reference"}),
)
