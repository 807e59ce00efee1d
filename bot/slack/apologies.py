"""What went wrong, in words for the person who asked. Pure."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
    RetryableError,
    TransitionError,
)

_FIELDS: Final = {
    "alert": "The alert",
    "change_id": "The change's id",
    "environment": "The environment",
    "for": "The time",
    "matchers": "The list of matchers",
    "services": "The services",
    "services[]": "The name of a service",
    "source": "The source",
    "title": "The title",
}
"""What people call the fields, those of a list with their brackets."""
_PREDICATES: Final = frozenset({"are", "has", "is", "would"})
"""How a problem begins that is said of its field, and no sentence of its own."""
OURS: Final = "Something went wrong in Tocsin, and its log says what. Please check whether anything happened."
_BACKEND: Final = "Tocsin cannot reach its database or Kafka. Nothing was changed; try again in a minute."
_CONFLICT: Final = "Somebody else changed this at the same moment. Look at the card, then try again."


def apology(error: Exception) -> str:
    """One or two sentences that say what happened and what to do; never a secret or a stack trace."""
    match error:
        case InvalidInputError():
            text = _refusal(error)
        case NotFoundError():
            text = f"That does not exist{f': {error.detail}' if error.detail else ''}."
        case TransitionError():
            text = f"That is not possible: {error.detail or 'the state does not allow it'}."
        case ConflictError():
            text = _CONFLICT
        case RateLimitedError():
            text = f"Slack asks for a pause. Please try again in {error.retry_after:g} seconds."
        case RemoteMisconfiguredError() | RemoteRefusedError():
            text = f"Slack refused: {error.detail}. `tocsin doctor` may tell why."
        case RemoteUnavailableError():
            text = "Slack did not answer. Please try again."
        case RetryableError():
            text = _BACKEND
        case _:
            text = OURS
    return text


def _refusal(error: InvalidInputError) -> str:
    field = _FIELDS.get(re.sub(r"\d+", "", error.path))
    if field and error.problem.partition(" ")[0] in _PREDICATES:
        return f"{field} {error.problem}" + (f": {error.fix}." if error.fix else ".")
    return f"{error.problem}." + (f" {error.fix}." if error.fix else "")
