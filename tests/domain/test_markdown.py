from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain.markdown import link, plain, table

RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = st.text(st.sampled_from("ab 1.-+*_`|\\[]()<>!&;#~=:\"'\n\t@/${}é\u202e\u200b")) | st.text()


def seen(markdown: str) -> str:
    """The words that a reader sees, without the marks."""
    html = str(RENDERER.renderInline(markdown))
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        html = html.replace(entity, sign)
    return html.replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a | b", r"a \| b"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("two\nlines\r\n\ttabs", "two lines tabs"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("2.4.0", "2.4.0"),
        ("-5", "-5"),
        ("---", r"\---"),
        ("@here", "@\u200bhere"),
        ("safe\u202etxt.exe\x00", "safetxt.exe"),
        ("", ""),
    ],
)
def test_marks_lose_their_meaning(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_long_text_is_cut() -> None:
    assert plain("x" * 500) == "x" * 399 + "…"


@given(HOSTILE)
def test_whatever_is_said_is_shown_and_nothing_more(text: str) -> None:
    for shell in ("{}", "- {}", "# {}", "| a |\n| --- |\n| {} |"):
        html = RENDERER.render(shell.format(plain(text)))
        allowed = {"p", "ul", "li", "h1", "table", "thead", "tbody", "tr", "th", "td"}
        assert set(re.findall(r"</?([a-z0-9]+)", html)) <= allowed
        assert html.count("<tr") <= 2
        assert html.count("<li") <= 1
        assert html.count("<td") <= 1
    assert "\n" not in plain(text)


@given(st.text(st.sampled_from("ab<>&|*_`[]()\\#-!~ ")))
def test_readers_see_the_very_words(text: str) -> None:
    assert seen(plain(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "",
        "https://a b",
        "https://a\n",
        "https://<x>",
        "/x",
        "https://a\\",
    ],
)
def test_only_addresses_that_a_browser_may_follow_become_links(url: str) -> None:
    assert link("see", url) == "see"


@given(HOSTILE, HOSTILE)
def test_a_link_never_breaks_out(text: str, path: str) -> None:
    html = RENDERER.render("| a |\n| --- |\n| {} |".format(link(text, f"https://x/{path}")))
    assert html.count("<td") <= 1
    assert set(re.findall(r"<(\w+)", html)) <= {"table", "thead", "tbody", "tr", "th", "td", "a"}
    assert all(address.startswith("https://x/") for address in re.findall(r'href="([^"]*)"', html))


def test_a_link_keeps_its_address() -> None:
    html = RENDERER.render(link("[graph]", "https://x/a?b=1&lt;=2|3`"))
    assert html == '<p><a href="https://x/a?b=1&amp;lt;=2%7C3%60">[graph]</a></p>\n'


def test_a_table_has_a_cell_for_everything() -> None:
    assert table(("A", "B"), [("1", ""), ("2", "x")]) == [
        "| A | B |",
        "| --- | --- |",
        "| 1 |   |",
        "| 2 | x |",
    ]
