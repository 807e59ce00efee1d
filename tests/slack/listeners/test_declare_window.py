from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from bot.domain.errors import InvalidInputError
from bot.domain.incident import Severity
from bot.localslack.blockkit.payloads import check_view
from bot.localslack.faults import Fault
from bot.slack.listeners.declare_window import declaration, read

if TYPE_CHECKING:
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


def test_slack_takes_the_window() -> None:
    check_view(declaration("C1"), "modal")


def test_what_is_not_filled_in_has_a_default() -> None:
    filled = read({})
    assert (filled.title, filled.severity, filled.services, filled.environment) == (
        "",
        Severity.ERROR,
        (),
        "unknown",
    )


async def test_the_window_declares(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident declare")
    values = {"title": " Checkout ", "severity": "critical", "services": "a, b", "environment": "prod"}
    assert (await person.submits(person.window(), **values))["ok"]
    assert use_cases.asked == [("declare", "Checkout", Severity.CRITICAL, ("a", "b"), "prod", "ada")]
    sent = person.slack.journal.calls("chat.postMessage")[-1]
    assert sent["arguments"]["channel"] == "U0ADA00001", "we are not in that channel, so it comes directly"
    assert sent["ok"]


async def test_a_blank_title_stays_in_the_window(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    await person.types("/incident declare")
    answer = await person.submits(person.window(), title="   ")
    assert answer["errors"] == {"title": "Say in a few words what is wrong."}
    assert use_cases.asked == []


@pytest.mark.parametrize(
    ("services", "told"),
    [
        (" ".join(f"s{n}" for n in range(60)), "The services are too many (60): name at most 50."),
        (f"checkout, {'x' * 300}", "The name of a service is too long: use at most 253 characters."),
    ],
)
async def test_what_cannot_be_declared_stays_in_the_window(
    person: PersonInSlack, use_cases: FakeUseCases, services: str, told: str
) -> None:
    await person.types("/incident declare")
    answer = await person.submits(person.window(), title="Checkout", services=services)
    assert answer["errors"] == {"services": told}
    assert use_cases.asked == []


async def test_what_cannot_be_used_is_told(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    use_cases.error = InvalidInputError("services", "There is no service b", "Known are a and c")
    await person.types("/incident declare")
    await person.submits(person.window(), title="x")
    sent = person.slack.journal.calls("chat.postMessage")[-1]["arguments"]["text"]
    assert sent == "There is no service b. Known are a and c."


@pytest.mark.parametrize("kind", ["unavailable", "ratelimited"])
async def test_what_is_declared_is_told_though_slack_falters(
    person: PersonInSlack, use_cases: FakeUseCases, kind: Literal["unavailable", "ratelimited"]
) -> None:
    await person.types("/incident declare")
    for method in ("chat.postEphemeral", "chat.postMessage"):
        person.slack.faults.add(Fault(method=method, kind=kind))
    await person.submits(person.window(), title="Checkout")
    assert len(use_cases.asked) == 1
    sent = person.slack.journal.calls("chat.postMessage")
    assert sent[-1]["ok"]
    assert {one["arguments"]["text"] for one in sent} == {"INC-13 is declared"}, "no word of a failure"


async def test_a_window_from_nowhere_answers_directly(person: PersonInSlack) -> None:
    await person.types("/incident declare")
    window = person.window()
    window.payload["private_metadata"] = ""
    await person.submits(window, title="x")
    assert person.slack.journal.calls("chat.postEphemeral") == []
    assert person.slack.journal.calls("chat.postMessage")[-1]["ok"]
