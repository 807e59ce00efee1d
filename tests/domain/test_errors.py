from __future__ import annotations

from bot.domain.errors import (
    InvalidInputError,
    NotFoundError,
    PermanentError,
    RateLimitedError,
    RetryableError,
    StoreUnavailableError,
    TocsinError,
)


def test_the_docstring_is_the_message() -> None:
    assert str(NotFoundError()) == "There is no such thing"
    assert str(NotFoundError("INC-9")) == "There is no such thing: INC-9"
    assert StoreUnavailableError("refused").detail == "refused"


def test_an_error_without_a_docstring_takes_its_base_s() -> None:
    class BareError(TocsinError):
        pass

    assert str(BareError("x")) == "Something went wrong in Tocsin: x"


def test_bad_input_names_the_field_and_the_fix() -> None:
    error = InvalidInputError("alerts[0].startsAt", "not a time", "write RFC 3339")
    assert str(error).endswith("alerts[0].startsAt: not a time (write RFC 3339)")
    assert str(InvalidInputError("", "not JSON")).endswith("body: not JSON")
    assert isinstance(error, PermanentError)


def test_a_pause_says_how_long() -> None:
    error = RateLimitedError(30)
    assert (error.retry_after, "retry after 30 s" in str(error)) == (30, True)
    assert "conversations.create" in str(RateLimitedError(1, "conversations.create"))
    assert isinstance(error, RetryableError)
