from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.spans import exactly, span


@pytest.mark.parametrize(
    ("seconds", "words", "exact"),
    [
        (0.2, "0 s", "0 s"),
        (59, "59 s", "59 s"),
        (60, "1 min", "1 min"),
        (150, "2 min 30 s", "2 min 30 s"),
        (599.6, "10 min", "10 min"),
        (659, "10 min", "10 min 59 s"),
        (3600, "1 h", "1 h"),
        (7500, "2 h 5 min", "2 h 5 min"),
        (86_400, "24 h", "1 d"),
        (172_800, "2 d", "2 d"),
        (273_605, "3 d 4 h", "3 d 4 h 5 s"),
    ],
)
def test_durations_in_words(seconds: float, words: str, exact: str) -> None:
    assert (span(seconds), exactly(seconds)) == (words, exact)


@given(st.integers(0, 10_000_000))
def test_to_the_second_nothing_is_lost(seconds: int) -> None:
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = exactly(seconds).split()
    assert (
        sum(int(count) * sizes[unit] for count, unit in zip(words[::2], words[1::2], strict=True)) == seconds
    )
