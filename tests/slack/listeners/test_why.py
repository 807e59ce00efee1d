from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.cards.status import status_card
from tests.slack.conftest import CONSOLE
from tests.support.incident_views import view

if TYPE_CHECKING:
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


async def test_why_by_name_and_in_the_incidents_channel(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    await person.types("/incident why 12")
    assert "Why INC-12 opened" in person.last_words()
    assert f"{CONSOLE}/incidents/INC-12/why" in person.last_words()
    use_cases.channels[person.channel().id] = "0195"
    await person.types("/incident why")
    assert use_cases.asked == [("explain", "INC-12"), ("explain", "0195")]


async def test_elsewhere_the_incident_has_to_be_named(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident why")
    assert use_cases.asked == []
    assert person.hears()[-1].text.startswith("This is no incident's channel, so say which one.")


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("HighErrors", {"alertname": "HighErrors"}),
        ("HighErrors service=checkout", {"alertname": "HighErrors", "service": "checkout"}),
        ("“High errors”", {"alertname": "High errors"}),
    ],
)
async def test_why_not(
    person: PersonInSlack, use_cases: FakeUseCases, typed: str, labels: dict[str, str]
) -> None:
    await person.types(f"/incident why-not {typed}")
    assert use_cases.asked == [("explain alerts", labels)]
    assert person.hears()[-1].text.startswith("No such alert fired in the last 24 hours.")


async def test_why_not_of_nothing(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident why-not")
    assert use_cases.asked == []
    assert "write an alert's name" in person.hears()[-1].text


async def test_the_button_answers_the_person_who_pressed_it(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    card = person.card(status_card(view(), ""))
    assert await person.presses(card, "incident.why") == {"ok": True}
    assert use_cases.asked == [("explain", "0195")]
    assert "Why INC-12 opened" in person.last_words()
