from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.app.ports import Message
from bot.domain.errors import TransitionError
from bot.domain.incident import State
from bot.domain.view import StepSummary
from bot.slack import blocks
from bot.slack.cards.run import run_card
from bot.slack.cards.status import status_card
from tests.support.incident_views import incident, run, view

if TYPE_CHECKING:
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
async def test_acts_on_the_incident(person: PersonInSlack, use_cases: FakeUseCases, verb: str) -> None:
    card = person.card(status_card(view(), ""))
    assert await person.presses(card, f"incident.{verb}") == {"ok": True}
    assert use_cases.asked == [(verb, "0195", "ada")]
    assert person.hears() == []


async def test_reopen(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    card = person.card(status_card(view(incident=incident(state=State.RESOLVED)), ""))
    await person.presses(card, "incident.reopen")
    assert use_cases.asked == [("reopen", "0195", "ada")]


@pytest.mark.parametrize(
    ("asks", "answer"),
    [
        ("approve", "approve"),
        ("approve", "reject"),
        ("decide", "retry"),
        ("decide", "skip"),
        ("decide", "stop"),
    ],
)
async def test_answers_to_a_step(
    person: PersonInSlack, use_cases: FakeUseCases, asks: str, answer: str
) -> None:
    step = StepSummary("restart", "Restart", "waiting_approval", asks=asks)
    card = person.card(run_card(view(), run(steps=(step,))))
    await person.presses(card, f"run.{answer}")
    assert use_cases.asked == [("answer", "run-1", "restart", answer, "ada")]


async def test_what_is_not_possible_is_told_to_the_person_alone(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    use_cases.error = TransitionError("acknowledge while resolved; possible now: reopen")
    card = person.card(status_card(view(), ""))
    assert await person.presses(card, "incident.acknowledge") == {"ok": True}
    assert person.hears()[-1].text == (
        "That is not possible: acknowledge while resolved; possible now: reopen."
    )


async def test_a_broken_button_says_so(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    drawn = blocks.actions("row", blocks.button("Resolve", "incident.resolve", {"run": "x"}))
    await person.presses(person.card(Message("card", tuple(drawn))), "incident.resolve")
    assert use_cases.asked == []
    assert person.hears()[-1].text == "This button is broken. Use /incident instead."


async def test_without_an_address_to_answer_at_the_channel_is_used(
    person: PersonInSlack, use_cases: FakeUseCases
) -> None:
    use_cases.error = TransitionError("no")
    channel = person.channel().id
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ADA00001", "username": "ada"},
        "team": {"id": "T0LOCAL001"},
        "channel": {"id": channel},
        "trigger_id": "1.2.3",
        "actions": [
            {"action_id": "incident.resolve", "block_id": "b", "value": json.dumps({"incident": "i"})}
        ],
    }
    await person.slack.outgoing.deliver("interactive", payload)
    await person.settled()
    assert (
        person.slack.journal.calls("chat.postEphemeral")[-1]["arguments"]["text"]
        == "That is not possible: no."
    )
