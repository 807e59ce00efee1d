from __future__ import annotations

import pytest

from bot.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    RemoteRefusedError,
    RemoteUnavailableError,
    StoreUnavailableError,
    TransitionError,
)
from bot.slack.apologies import OURS, apology


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InvalidInputError("title", "The title is empty", "Give it one"), "The title is empty. Give it one."),
        (InvalidInputError("title", "The title is empty"), "The title is empty."),
        (
            InvalidInputError("title", "has 300 characters", "use at most 200"),
            "The title has 300 characters: use at most 200.",
        ),
        (
            InvalidInputError("services[12]", "is too long", "use at most 253 characters"),
            "The name of a service is too long: use at most 253 characters.",
        ),
        (InvalidInputError("environment", "is too long"), "The environment is too long."),
        (InvalidInputError("x", "is odd", "mend it"), "is odd. mend it."),
        (NotFoundError("INC-9"), "That does not exist: INC-9."),
        (NotFoundError(), "That does not exist."),
        (TransitionError("reopen while triggered"), "That is not possible: reopen while triggered."),
        (ConflictError(), "Somebody else changed this"),
        (StoreUnavailableError("postgresql://user:secret@db"), "cannot reach its database"),
        (RateLimitedError(3), "try again in 3 seconds"),
        (RemoteRefusedError("is_archived"), "Slack refused: is_archived."),
        (RemoteUnavailableError("x"), "Slack did not answer"),
        (ValueError("secret"), OURS),
    ],
)
def test_what_people_are_told(error: Exception, words: str) -> None:
    assert words in apology(error)
    assert "secret" not in apology(error)
