from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.signatures import SIGNATURE_HEADER, TIMESTAMP_HEADER, bearer_matches, is_signed, sign

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def accepted(headers: dict[str, str], body: bytes = b"{}", key: str = "s", now: datetime = NOW) -> bool:
    return is_signed(
        key,
        body,
        timestamp=headers[TIMESTAMP_HEADER],
        signature=headers[SIGNATURE_HEADER],
        now=now,
        tolerance=timedelta(minutes=5),
    )


def test_what_was_signed_is_accepted() -> None:
    assert accepted(sign("s", NOW, b"{}"))


def test_anything_else_is_not() -> None:
    headers = sign("s", NOW, b"{}")
    assert not accepted(headers, body=b"{ }")
    assert not accepted(headers, key="t")
    assert not accepted(headers, now=NOW + timedelta(minutes=6))
    assert not accepted(headers, now=NOW - timedelta(minutes=6))
    assert not accepted(headers | {TIMESTAMP_HEADER: "soon"})


@given(st.text(), st.text(), st.binary())
def test_strange_headers_are_refused_quietly(timestamp: str, signature: str, body: bytes) -> None:
    assert not accepted({TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}, body)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic t0ken", "Bearer t0keN", "Bearer tökén", "t0ken"]
)
def test_a_wrong_bearer_does_not_match(header: str | None) -> None:
    assert not bearer_matches(header, "t0ken")


def test_the_right_bearer_matches() -> None:
    assert bearer_matches("Bearer t0ken", "t0ken")
    assert bearer_matches("bearer t0ken", "t0ken")
    assert not bearer_matches("Bearer ", "")
