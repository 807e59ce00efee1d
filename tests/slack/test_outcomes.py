from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
    TocsinError,
)
from bot.slack.outcomes import DEFAULT_RETRY_AFTER, PeopleRefusedError, failure, outcome_name, retry_after


@pytest.mark.parametrize(
    ("status", "body", "becomes", "name"),
    [
        (200, {"ok": True}, type(None), "ok"),
        (200, {"ok": False, "error": "name_taken"}, RemoteRefusedError, "refused"),
        (200, {"ok": False, "error": "token_expired"}, RemoteMisconfiguredError, "misconfigured"),
        (200, {"ok": False, "error": "fatal_error"}, RemoteUnavailableError, "unavailable"),
        (200, {"ok": False, "error": "ratelimited"}, RateLimitedError, "ratelimited"),
        (429, "", RateLimitedError, "ratelimited"),
        (503, "upstream down", RemoteUnavailableError, "unavailable"),
        (500, {"ok": False, "error": "is_archived"}, RemoteUnavailableError, "unavailable"),
        (200, "<html>", RemoteUnavailableError, "unavailable"),
        (200, {"ok": False}, RemoteUnavailableError, "unavailable"),
        (404, "<html>", RemoteMisconfiguredError, "misconfigured"),
        (302, None, RemoteMisconfiguredError, "misconfigured"),
    ],
)
def test_what_an_answer_means(status: int, body: Any, becomes: type, name: str) -> None:
    error = failure(status, {}, body)
    assert type(error) is becomes
    assert outcome_name(error) == name


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("", DEFAULT_RETRY_AFTER),
        ("soon", DEFAULT_RETRY_AFTER),
        ("nan", 30.0),
        ("-1", 30.0),
        ("7200", 3600.0),
    ],
)
def test_the_pause_is_read_with_care(text: str, seconds: float) -> None:
    assert retry_after({"Retry-After": text}) == seconds


def test_a_refusal_of_some_people_names_them() -> None:
    each = [{"user": "U1", "error": "user_not_found"}, {"user": "U2"}, {"error": "no name"}, "text"]
    error = failure(200, {}, {"ok": False, "error": "user_not_found", "errors": each})
    assert isinstance(error, PeopleRefusedError)
    assert (error.detail, error.people) == ("user_not_found", {"U1": "user_not_found", "U2": "refused"})
    assert type(failure(200, {}, {"error": "invalid_blocks", "errors": ["text"]})) is RemoteRefusedError


def test_a_refusal_names_slacks_error() -> None:
    error = failure(200, {}, {"ok": False, "error": "is_archived"})
    assert isinstance(error, TocsinError)
    assert error.detail == "is_archived"
