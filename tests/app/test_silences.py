from __future__ import annotations

import pytest

from bot.app.silences import MOST_MATCHERS, check_matchers
from bot.domain.errors import InvalidInputError
from bot.ingest.patterns import leading_matchers


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has 0 entries"),
        ("a=b " * (MOST_MATCHERS + 1), "has 33 entries"),
        ("team=", "would silence every alert"),
        ('team!~"x.*" kind!=y', "would silence every alert"),
        ('service=~".+"', "would silence every alert"),
        ('service!="" environment=~".*"', "would silence every alert"),
    ],
)
def test_a_silence_is_about_something(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        check_matchers(leading_matchers(text)[0])


@pytest.mark.parametrize(
    "text", ["service=checkout", 'alertname=~".+"', "service!=unknown", "team= service=a"]
)
def test_one_that_leaves_something_out_is_taken(text: str) -> None:
    check_matchers(leading_matchers(text)[0])
