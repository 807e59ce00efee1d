from __future__ import annotations

import pytest

from bot.domain.wording import in_its_direction, one_line, percent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HighErrors", "HighErrors"),
        ("two\nlines\tand  blanks ", "two lines and blanks"),
        ("\x1b[31mred\x00", "[31mred"),
        ("pay\u202etxt.exe\u2066", "paytxt.exe"),
        ("lone \ud800 half", "lone half"),
        ("é 👩\u200d🚒 한", "é 👩\u200d🚒 한"),
        ("\u2028line", "line"),
        ("", ""),
    ],
)
def test_what_would_change_how_a_line_reads_is_left_out(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_megabyte_is_cut() -> None:
    assert one_line("x" * 1_000_000, 10) == "x" * 9 + "…"
    assert one_line("x" * 10, 10) == "x" * 10
    assert len(one_line("\u202e" * 1_000_000 + "x", 10)) <= 10


def test_signs_that_turn_the_direction_are_left_out_and_letters_of_any_direction_stay() -> None:
    assert in_its_direction("plain") == "plain"
    assert in_its_direction("pay\u202etxt.exe\u2066 שלום\n") == "paytxt.exe שלום\n"


@pytest.mark.parametrize(("chance", "shown"), [(0.0, "under 1 %"), (0.724, "72 %"), (0.999, "over 99 %")])
def test_probabilities_are_never_certain(chance: float, shown: str) -> None:
    assert percent(chance) == shown
