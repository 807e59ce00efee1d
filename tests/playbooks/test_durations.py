from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from playbooks.durations import Duration, parse_duration, show_duration

ADAPTER: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("written", "seconds"), [("30s", 30), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), (90, 90), (0.5, 0.5)]
)
def test_reads(written: object, seconds: float) -> None:
    assert ADAPTER.validate_python(written).total_seconds() == seconds


@pytest.mark.parametrize("written", ["", "x", "5", "-5s", "5s\n", "0s", "999d", -1, [], None, 10**17])
def test_refuses(written: object) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(written)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (30, "30 s"), (3600, "1 h"), (5400, "1 h 30 min"), (176_461, "2 d 1 h")],
)
def test_shows(seconds: float, text: str) -> None:
    assert show_duration(timedelta(seconds=seconds)) == text


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_duration(text), timedelta)
    except ValueError as error:
        assert "not a duration" in str(error)  # noqa: PT017 - either outcome is right, but nothing else
