from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInputError
from bot.ingest.label_query import MOST, read_label_query


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("HighErrors", {"alertname": "HighErrors"}),
        (" service=checkout  severity=page ", {"service": "checkout", "severity": "page"}),
        ("HighErrors service=checkout", {"alertname": "HighErrors", "service": "checkout"}),
        ('alertname="High errors" pod=a=b', {"alertname": "High errors", "pod": "a=b"}),
        ("“High errors”", {"alertname": "High errors"}),
        ('team=""', {"team": ""}),
        ("http://a", {"alertname": "http://a"}),
    ],
)
def test_what_is_meant(text: str, labels: dict[str, str]) -> None:
    assert read_label_query(text) == labels


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not named"),
        ("  ", "is not named"),
        ("x" * 1001, "is too long"),
        ("A B", "alertname stands there twice"),
        ("a=1 a=2", "a stands there twice"),
        ('a="b', "cannot be read"),
        ("a=", "cannot be read"),
        (" ".join(f"l{n}=v" for n in range(MOST + 1)), "too many"),
    ],
)
def test_what_is_not(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        read_label_query(text)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        labels = read_label_query(text)
    except InvalidInputError:
        return
    assert labels
