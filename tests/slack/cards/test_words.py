from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.slack.cards.deck import BlockKitCards
from bot.slack.cards.topic import topic
from bot.slack.cards.words import console_page
from tests.slack.checks import assert_slack_takes, words
from tests.support.incident_views import MANY, hostile, incident, run, view, views

if TYPE_CHECKING:
    from bot.domain.view import IncidentView


def test_the_console_page_needs_an_address() -> None:
    assert console_page("", incident()) == ""
    assert console_page("https://x.example/", incident()) == "https://x.example/incidents/INC-12"


@settings(max_examples=MANY, deadline=None)
@given(views)
def test_the_topic_fits_and_is_one_line_without_markup(any_view: IncidentView) -> None:
    line = topic(any_view)
    assert 0 < len(line) <= 250
    assert len(line.splitlines()) == 1
    assert not set(line) & set("<>")


def test_the_topic_says_it_all() -> None:
    assert topic(view()) == "🔴 Triggered · Critical · INC-12 Checkout fails · checkout"


@given(hostile)
def test_a_note_is_shown_literally(text: str) -> None:
    assert_slack_takes(BlockKitCards().note(text))


def test_every_card_is_drawn_behind_the_port() -> None:
    cards = BlockKitCards("https://x.example")
    for message in (
        cards.status(view()),
        cards.suspects(view()),
        cards.run(view(), run()),
        cards.postmortem(view(), "# A\n\n## Summary\n\nIt broke.", "https://x.example/p"),
    ):
        assert_slack_takes(message)
    assert "Open in the console" in words(cards.status(view()))
    assert cards.topic(view()).startswith("🔴")
