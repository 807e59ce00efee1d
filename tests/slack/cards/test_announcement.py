from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.slack.cards.announcement import announcement
from tests.slack.checks import assert_slack_takes, words
from tests.support.incident_views import MANY, view, views

if TYPE_CHECKING:
    from bot.domain.view import IncidentView

CONSOLE = "https://tocsin.example"


@settings(max_examples=MANY, deadline=None)
@given(views)
def test_slack_takes_it_whatever_the_view_holds(any_view: IncidentView) -> None:
    assert_slack_takes(announcement(any_view, CONSOLE))


def test_it_leads_to_the_channel() -> None:
    shown = view()
    assert shown.channel is not None
    card = announcement(shown, CONSOLE)
    assert card.text == "🔴 INC-12 Critical · Checkout fails"
    assert f"Follow it in <#{shown.channel.id}>" in words(card)
    assert "Follow it" not in words(announcement(view(channel=None), CONSOLE))
