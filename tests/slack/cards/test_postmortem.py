from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.slack.cards.postmortem import excerpt, postmortem_card
from tests.slack.checks import assert_slack_takes, words
from tests.support.incident_views import MANY, NOW, hostile, incident, ranking, urls, view, views

if TYPE_CHECKING:
    from bot.domain.view import IncidentView

DRAFT = """# INC-12: Checkout fails

## Summary

**Checkout** failed for 63 minutes, see [the graph](https://x.example/g).

- one
- two

## Timeline

03:10 it began
"""


@settings(max_examples=MANY, deadline=None)
@given(views, hostile, urls)
def test_slack_takes_it_whatever_the_draft_holds(any_view: IncidentView, text: str, url: str) -> None:
    assert_slack_takes(postmortem_card(any_view, f"{DRAFT}{text}", url))
    assert_slack_takes(postmortem_card(any_view, text, url))


def test_the_summary_is_quoted_as_plain_text() -> None:
    assert excerpt(DRAFT) == "Checkout failed for 63 minutes, see the graph.\n\none\ntwo"


def test_a_draft_without_sections_is_quoted_from_its_start() -> None:
    assert excerpt("# Title\nIt broke.") == "It broke."


def test_it_says_how_long_and_who_is_suspect() -> None:
    over = incident(resolved_at=NOW + timedelta(minutes=61))
    shown = words(postmortem_card(view(incident=over), DRAFT, "https://x.example/p"))
    assert "1 h 3 min" in shown
    assert "deploy of `checkout`, 72 %" in shown
    assert "<https://x.example/p|Read the whole draft>" in shown


def test_without_a_ranking_a_suspect_or_an_address() -> None:
    assert "not ranked" in words(postmortem_card(view(ranking=None), "", ""))
    open_question = words(postmortem_card(view(ranking=ranking(shown=False)), "", ""))
    assert "none stands out, though a change is probable (79 %)" in open_question
    shown = words(postmortem_card(view(ranking=ranking(shown=False, no_change=0.79)), "", ""))
    assert "none (79 %)" in shown
    assert "still open" in shown
    assert "The draft is empty." in shown
    assert "The console and the export have the whole." in shown
