from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import blocks
from bot.slack.blocks import Markup
from tests.slack.checks import assert_literal
from tests.support.incident_views import hostile, urls


@given(hostile, st.integers(1, 200))
def test_an_escaped_text_is_literal_and_fits(text: str, limit: int) -> None:
    shown = blocks.escape(text, limit)
    assert len(shown) <= limit
    assert_literal(shown)


@given(urls, hostile)
def test_a_link_is_whole_or_not_there(url: str, label: str) -> None:
    shown = blocks.link(url, label)
    assert_literal(shown)
    assert not shown or len(shown) <= blocks.LINK + blocks.BUTTON_TEXT + 3


@given(hostile)
def test_one_line_is_one_line(text: str) -> None:
    assert len(blocks.one_line(text).splitlines()) <= 1


def test_a_mention_becomes_text() -> None:
    assert blocks.escape("<!channel> & <@U1>", 100) == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


def test_a_cut_shows() -> None:
    assert blocks.clip("abcdef", 4) == "abc…"
    assert blocks.escape("abcdef", 4) == "abc…"
    assert blocks.escape("abcd", 4) == "abcd"
    assert blocks.escape("ab<<", 5) == "ab…"


def test_bold_and_code_do_not_end_early() -> None:
    assert blocks.bold("a*b", 9) == "*a∗b*"
    assert blocks.code("a`b", 9) == "`a'b`"
    assert blocks.bold("", 9) == blocks.code(" ", 9) == ""


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "https://", "https://a b", "https://a|b", "http://[", "//x.example"]
)
def test_no_link_from_a_strange_address(url: str) -> None:
    assert blocks.link(url, "Runbook") == ""


def test_a_link_keeps_its_query() -> None:
    assert blocks.link("https://x.example/?a=1&b=2", "A|B") == "<https://x.example/?a=1&amp;b=2|A¦B>"


def test_a_time_is_shown_in_the_readers_zone_with_utc_behind() -> None:
    moment = datetime(2026, 3, 4, 3, 12, tzinfo=UTC)
    assert blocks.when(moment) == "<!date^1772593920^{date_short_pretty} {time_secs}|2026-03-04 03:12:00 UTC>"


def test_a_button_whose_value_would_be_cut_is_left_out() -> None:
    assert blocks.button("Go", "run.retry", {"run": "r", "step": "s" * 2000}) is None
    assert blocks.actions("row", None) == []


def test_a_button_acts_on_what_it_says() -> None:
    drawn = blocks.button("Go" * 50, "run.retry", {"run": "é"}, style="danger")
    assert drawn is not None
    assert drawn["value"] == '{"run":"é"}'
    assert len(drawn["text"]["text"]) == blocks.BUTTON_TEXT


def test_small_print_and_fields_are_bounded() -> None:
    assert len(blocks.context(*[Markup("x")] * 12)["elements"]) == 10
    assert len(blocks.fields([("a", Markup("b"))] * 12)["fields"]) == 10


def test_an_empty_text_still_is_one() -> None:
    assert blocks.fallback(" \n") == "-"
    assert blocks.header("")["text"]["text"] == "-"
    assert blocks.divider() == {"type": "divider"}


def test_no_label_turns_the_words_around_it() -> None:
    assert blocks.one_line("pay\u202etxt.exe\u2066 שלום") == "paytxt.exe שלום"
    assert blocks.paragraph("a\u202e\nb") == "a\nb"
