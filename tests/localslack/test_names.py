"""Channel names: what Slack takes, and the error for what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localslack.errors import SlackError
from bot.localslack.names import check_channel_name


@pytest.mark.parametrize("name", ["inc-12", "a", "x" * 80, "1_2"])
def test_channel_names_that_slack_takes(name: str) -> None:
    assert check_channel_name(f"#{name}") == name


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Inc", "invalid_name_specials"),
        ("a b", "invalid_name_specials"),
        ("a.b", "invalid_name_specials"),
        ("über", "invalid_name_specials"),
        ("--_", "invalid_name_punctuation"),
    ],
)
def test_channel_names_that_slack_refuses(name: str, error: str) -> None:
    with pytest.raises(SlackError, match=error):
        check_channel_name(name)


@given(st.text(max_size=90))
def test_a_name_is_taken_or_refused_by_its_error(name: str) -> None:
    try:
        kept = check_channel_name(name)
    except SlackError as refusal:
        kept = refusal.error
    assert kept == name.removeprefix("#") or kept.startswith("invalid_name_")
