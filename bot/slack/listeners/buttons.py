"""The buttons of our cards: acts on an incident, words on its cause, answers to a playbook step."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from bot.slack.deps import Answer
from bot.slack.listeners import silence_window, verdicts, why
from bot.slack.payloads import actor, asker, part, pressed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.app.ports import Message
    from bot.slack.listeners.desk import Desk

OURS: Final = re.compile(
    r"(incident\.(acknowledge|resolve|reopen|silence|why)|run\.(approve|reject|retry|skip|stop)"
    r"|verdict\.(caused|did_not|no_change|choose|withdraw))"
)


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen for the buttons."""

    @app.action(OURS)
    async def button(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        tell = partial(desk.people.tell, asker(body))
        desk.intake.begin("button", str(body.get("trigger_id") or ""), partial(_do, desk, body), tell)


async def _do(desk: Desk, body: Mapping[str, Any]) -> Message | None:
    """Act; where the card shows the outcome, nothing is answered."""
    action_id, value = pressed(body)
    room, _, verb = action_id.partition(".")
    person = actor(body)
    if room == "verdict":
        await verdicts.say(desk, body, verb, value)
        return None
    if room == "run" and verb in get_args(Answer):
        await desk.deps.answer_step(part(value, "run"), part(value, "step"), cast("Answer", verb), person)
        return None
    if verb == "why":
        return await why.pressed_why(desk, value)
    incident = part(value, "incident")
    match verb:
        case "silence":
            await silence_window.show(desk, body, incident)
        case "acknowledge":
            await desk.deps.acknowledge(incident, person)
        case "resolve":
            await desk.deps.resolve(incident, person)
        case _:
            await desk.deps.reopen(incident, person)
    return None
