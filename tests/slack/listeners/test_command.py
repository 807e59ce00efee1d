from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import NotFoundError, StoreUnavailableError
from bot.domain.incident import Severity, State
from bot.localslack.faults import Fault
from tests.support.incident_views import incident, view

if TYPE_CHECKING:
    from bot.localslack.server import RunningLocalSlack
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


async def test_declare_with_a_title_declares_at_once(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    answer = await person.types("/incident declare Checkout is down critical service=checkout env=production")
    assert answer == {"ok": True}
    assert use_cases.asked == [
        ("declare", "Checkout is down", Severity.CRITICAL, ("checkout",), "production", "ada")
    ]
    assert "*INC-13 Checkout is down* is declared. Its channel opens in a moment." in person.last_words()
    assert "You will be invited to it. Severity: critical." in person.last_words()


async def test_declare_without_a_title_opens_a_window(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident declare")
    assert person.window().payload["title"]["text"] == "Declare an incident"
    assert use_cases.asked == []


async def test_a_window_that_cannot_open_is_explained(
    person: PersonInSlack, slack: RunningLocalSlack
) -> None:
    slack.slack.faults.add(Fault(method="views.open", kind="error", error="expired_trigger_id"))
    await person.types("/incident declare")
    assert "Slack refused: expired_trigger_id." in person.last_words()


@pytest.mark.parametrize("typed", ["INC-12", "12", "inc-12"])
async def test_status_shows_the_card_to_the_asking_person_alone(person: PersonInSlack, typed: str) -> None:
    await person.types(f"/incident status {typed}")
    assert "INC-12 Critical · Checkout fails" in person.last_words()


async def test_in_an_incidents_channel_the_name_may_be_left_out(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    use_cases.channels[person.channel().id] = "0195"
    await person.types("/incident resolve")
    assert use_cases.asked == [("resolve", "0195", "ada")]
    assert person.hears()[-1].text == "INC-12 is resolved."


async def test_elsewhere_it_may_not(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident resolve")
    assert use_cases.asked == []
    assert person.hears()[-1].text.startswith("This is no incident's channel, so say which one.")


@pytest.mark.parametrize(
    ("verb", "asked", "done"),
    [
        ("ack", "acknowledge", "acknowledged"),
        ("resolve", "resolve", "resolved"),
        ("reopen", "reopen", "reopened"),
    ],
)
async def test_the_acts(
    person: PersonInSlack, use_cases: FakeUseCases, verb: str, asked: str, done: str
) -> None:
    if verb == "reopen":
        use_cases.incidents[:] = [view(incident=incident(state=State.RESOLVED))]
    await person.types(f"/incident {verb} 12")
    assert use_cases.asked == [(asked, "INC-12", "ada")]
    assert person.hears()[-1].text == f"INC-12 is {done}."


async def test_what_is_open_is_not_reopened(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident reopen 12")
    assert use_cases.asked == []
    assert person.hears()[-1].text == "INC-12 is open, so that there is nothing to reopen."


async def test_a_name_on_the_next_line_is_read(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident ack\nINC-12")
    assert use_cases.asked == [("acknowledge", "INC-12", "ada")]


async def test_what_was_typed_is_quoted_as_it_was(person: PersonInSlack) -> None:
    await person.types("/incident status &lt;#C1|x&gt;")
    assert person.hears()[-1].text == "That does not exist: &lt;#C1|x&gt;."


async def test_list_shows_what_is_open(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident list")
    assert "<https://tocsin.example/incidents/INC-12|INC-12> Triggered · critical" in person.last_words()
    use_cases.incidents[:] = [view(incident=incident(number=number)) for number in range(1, 31)]
    await person.types("/incident list")
    assert "INC-20|" in person.last_words()
    assert "and 10 more; 30 are open" in person.last_words()
    use_cases.incidents.clear()
    await person.types("/incident list")
    assert person.hears()[-1].text == "No incident is open."


async def test_help_and_what_is_not_known(person: PersonInSlack) -> None:
    await person.types("/incident")
    assert "*/incident declare* opens a window" in person.last_words()
    await person.types("/incident <!here> now")
    assert "“&lt;!here&gt;” is not known." in person.last_words()
    await person.types("/incident Resolv INC-1")
    assert "“Resolv” is not known. Did you mean “/incident resolve”?" in person.last_words()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotFoundError("INC-99"), "That does not exist: INC-99."),
        (StoreUnavailableError(), "Tocsin cannot reach its database"),
        (ZeroDivisionError(), "Something went wrong in Tocsin"),
    ],
)
async def test_failures_are_told_and_still_acknowledged(
    person: PersonInSlack, use_cases: FakeUseCases, error: Exception, words: str
) -> None:
    use_cases.error = error
    assert await person.types("/incident ack 12") == {"ok": True}
    assert person.hears()[-1].text.startswith(words)
