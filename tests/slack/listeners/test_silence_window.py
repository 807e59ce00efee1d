"""The window that silences: from a button, from the command, and what it sends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInputError
from bot.domain.incident import State
from bot.domain.rules import labels_of
from bot.domain.silencing import proposed_matchers
from bot.localslack.blockkit.payloads import check_view
from bot.slack.cards.status import status_card
from bot.slack.listeners.grammar import read_matchers
from bot.slack.listeners.silence_window import MATCHERS_LIMIT, window
from tests.support.incident_views import alert, incident, view

if TYPE_CHECKING:
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack

PROPOSED = 'alertname="HighErrorRate"\nservice="checkout"\nenvironment="production"'


def initial(person: PersonInSlack) -> Any:
    return person.window().payload["blocks"][0]["element"].get("initial_value")


@pytest.mark.parametrize("matchers", [[], ["a=b"], ["a=" + "b" * 9_000]])
def test_slack_takes_the_window(matchers: list[str]) -> None:
    drawn = window(matchers, "C1", "0195")
    check_view(drawn, "modal")
    assert len(drawn["blocks"][0]["element"].get("initial_value", "")) <= MATCHERS_LIMIT


async def test_the_button_proposes_what_fires_and_the_incident_is_told(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    await person.presses(person.card(status_card(view(), "")), "incident.silence")
    assert initial(person) == PROPOSED
    filled = {"matchers": PROPOSED, "length": "28800", "comment": " moving racks "}
    assert (await person.submits(person.window(), **filled))["ok"]
    asked = (tuple(PROPOSED.split("\n")), timedelta(hours=8), "ada", "moving racks", "0195")
    assert use_cases.asked == [("silence", *asked)]
    receipt = person.slack.journal.calls("chat.postMessage")[-1]["arguments"]
    assert "/incident unsilence abcd1234" in str(receipt["blocks"])


async def test_the_command_opens_it_empty_elsewhere(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident silence")
    assert initial(person) is None
    await person.submits(person.window(), matchers="service=checkout, team!=core")
    matchers = ('service="checkout"', 'team!="core"')
    assert use_cases.asked == [("silence", matchers, timedelta(hours=2), "ada", "", None)]


async def test_in_an_incidents_channel_the_command_is_about_it(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    use_cases.channels[person.channel().id] = "0195"
    await person.types("/incident silence")
    assert initial(person) == PROPOSED
    await person.types("/incident silence service=db for 1h")
    assert use_cases.asked == [("silence", ('service="db"',), timedelta(hours=1), "ada", "", "0195")]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("checkout", "'checkout' is not a matcher. write label=value"),
        ('service=~"("', "missing ): (. mend the regular expression"),
        (" , {}", "Say which alerts. for example: service=checkout."),
    ],
)
async def test_what_cannot_be_read_stays_in_the_window(
    person: PersonInSlack, use_cases: FakeUseCases, typed: str, answer: str
) -> None:
    await person.types("/incident silence")
    refused = await person.submits(person.window(), matchers=typed)
    assert answer in refused["errors"]["matchers"]
    assert use_cases.asked == []


async def test_what_cannot_be_done_is_told(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    use_cases.error = InvalidInputError("matchers", "would silence every alert", "name at least one label")
    await person.types("/incident silence")
    await person.submits(person.window(), matchers='service!="x"')
    sent = person.slack.journal.calls("chat.postMessage")[-1]["arguments"]["text"]
    assert sent == "The list of matchers would silence every alert: name at least one label."


def test_there_is_a_button_while_the_incident_is_open_and_has_alerts() -> None:
    def offered(**changes: Any) -> bool:
        return "incident.silence" in str(status_card(view(**changes), "").blocks)

    assert offered()
    assert offered(incident=incident(state=State.MONITORING), alerts=(alert(),))
    assert not offered(alerts=())
    assert not offered(incident=incident(state=State.RESOLVED))


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=12))
def test_what_is_proposed_can_be_read_and_holds_for_each(labels: list[tuple[str, str]]) -> None:
    alerts = [alert(labels={"alertname": name}, service=service) for name, service in labels]
    proposed = proposed_matchers(alerts)
    if proposed:
        matchers = read_matchers("\n".join(proposed))
        assert len(matchers) == len(proposed)
        assert all(one.matches(labels_of(alert)) for one in matchers for alert in alerts)
