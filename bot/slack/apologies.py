"""What went wrong, in words for the person who asked. Pure."""

from __future__ import annotations

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

OURS: Final = "Something went wrong in Tocsin, and its log says what. Please check whether anything happened."
_BACKEND: Final = "Tocsin cannot reach its database or Kafka. Nothing was changed; try again in a minute."
_CONFLICT: Final = "Somebody else changed this at the same moment. Look at the card, then try again."


def apology(error: Exception) -> str:
    """One or two sentences that say what happened and what to do; never a secret or a stack trace."""
    match error:
        case InvalidInputError():
            text = f"{error.problem}." + (f" {error.fix}." if error.fix else "")
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
