from __future__ import annotations

import time

import pytest

from bot.domain.errors import InvalidInputError
from bot.ingest.patterns import LONGEST, linear, parse_matcher


@pytest.mark.parametrize("expression", ["(a+)+b", "(a|aa)+$", "(a*)*b", "(.*a){20}b", "(x+x+)+y"])
def test_a_label_of_a_megabyte_cannot_make_an_expression_explode(expression: str) -> None:
    """Backtracking would take longer than the universe is old; this is some milliseconds a megabyte."""
    pattern = linear(expression)
    start = time.process_time()
    assert not pattern.covers("a" * 1_000_000 + "!")
    assert time.process_time() - start < 5


def test_the_whole_text_is_matched_new_lines_too() -> None:
    assert linear("a.b|c").covers("a\nb")
    assert not linear("a|b").covers("ab")
    assert linear("(?i)É.").covers("é€")


def test_a_text_that_has_no_encoding_is_matched_all_the_same() -> None:
    assert linear("a.").covers("a\ud800")


def test_what_was_found_is_remembered_of_a_few_short_texts_and_asked_again_beyond() -> None:
    pattern = linear("a[0-9]*|b{70}")
    texts = [*(f"{sign}{number}" for sign in "ab" for number in range(600)), "b" * 70, "b" * 71]
    found = [text for text in texts * 2 if pattern.covers(text)]
    assert found == [*(f"a{number}" for number in range(600)), "b" * 70] * 2


@pytest.mark.parametrize("expression", ["(?=a)", r"(a)\1", "a{1001}", "((a{100}){100}){100}", "\ud800"])
def test_what_is_not_linear_or_not_bounded_does_not_compile(expression: str) -> None:
    with pytest.raises(InvalidInputError, match="RE2"):
        linear(expression)


def test_an_expression_is_of_bounded_length() -> None:
    assert linear("a" * LONGEST).covers("a" * LONGEST)
    with pytest.raises(InvalidInputError, match=str(LONGEST)):
        linear("a" * (LONGEST + 1))


def test_a_matcher_has_such_a_pattern() -> None:
    assert parse_matcher('team=~"(a+)+b"').matches({"team": "aab"})
    assert not parse_matcher('team=~"(a+)+b"').matches({"team": "a" * 100_000})
