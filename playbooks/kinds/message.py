"""`message`: says something in the incident's channel."""

import re
from typing import Annotated, Final

from pydantic import Field

from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.template import Place
from playbooks.toolbox import Toolbox

_BOLD: Final = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


class MessageParams(Params):
    """What to say."""

    text: Annotated[str, Place.TEXT, Field(min_length=1, max_length=3_000)]


async def run(params: MessageParams, context: StepContext, toolbox: Toolbox) -> StepResult:
    """Post it, once for the key."""
    reference = await toolbox.post_message(params.text, context.idempotency_key)
    # Console and postmortem show what was said, too, and have no use for the marks of a chat's bold text.
    return StepResult(_BOLD.sub(r"\1", params.text), {"reference": reference})


KIND = StepKind(
    name="message",
    summary="Post a message in the incident's channel.",
    params=MessageParams,
    run=run,
    results=frozenset({"reference"}),
)
