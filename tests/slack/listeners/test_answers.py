from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.localslack.blockkit.payloads import check_view
from bot.slack.listeners import answers
from tests.slack.checks import assert_slack_takes, words
from tests.support.examples import examples
from tests.support.incident_views import incident, view, views

if TYPE_CHECKING:
    from bot.domain.view import IncidentView

CONSOLE = "https://tocsin.example"


@settings(max_examples=examples(10), deadline=None)
@given(st.lists(views, max_size=3), st.sampled_from([1, 30]))
def test_slack_takes_the_list_and_the_home_tab(some: list[IncidentView], times: int) -> None:
    in_all = len(some) * times
    assert_slack_takes(answers.open_list(some * times, in_all, CONSOLE))
    check_view(answers.home(some * times, in_all, CONSOLE), "home")
    for one in some:
        assert_slack_takes(answers.declared(one))


def test_the_order_is_kept_and_the_rest_is_counted() -> None:
    some = [view(incident=incident(number=number)) for number in (3, 2, 9)]
    listed = answers.open_list(some, 111, "")
    shown = words(listed)
    assert shown.index("INC-3") < shown.index("INC-2") < shown.index("INC-9")
    assert "and 108 more; 111 are open" in shown
    assert listed.text == "111 open"
    assert "more" not in words(answers.open_list(some, 3, ""))


def test_a_declared_incident_names_its_channel_once_there_is_one() -> None:
    assert "in <#C1>" in words(answers.declared(view()))
