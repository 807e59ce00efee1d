"""What people say about causes: by the buttons and menus of the suspects card, and by `/incident blame`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import InvalidInputError
from bot.domain.verdicts import Judgement, describe
from bot.slack.cards.verdicts import judged_in
from bot.slack.listeners import answers
from bot.slack.listeners.grammar import read_blame
from bot.slack.payloads import actor, block_of, channel_of, part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import Message
    from bot.slack.listeners.desk import Desk


async def say(desk: Desk, body: Mapping[str, Any], verb: str, value: Mapping[str, str]) -> None:
    """Do what a button or a menu says; the card shows the outcome, so that nothing is answered."""
    incident, person = part(value, "incident"), actor(body)
    match verb:
        case "withdraw":
            await desk.deps.withdraw(incident, part(value, "verdict"), person)
        case "no_change":
            await desk.deps.judge(incident, Judgement.NO_CHANGE, person, "", "")
        case "choose":
            judgement = Judgement(part(value, "say"))
            source, change_id = judged_in(block_of(body))
            await desk.deps.judge(incident, judgement, person, change_id, source)
        case _:
            change_id, source = part(value, "change"), part(value, "source")
            await desk.deps.judge(incident, Judgement(verb), person, change_id, source)


async def blame(desk: Desk, body: Mapping[str, Any], rest: str) -> Message:
    """Keep the change that a person names as the cause."""
    blamed = read_blame(rest)
    if blamed is None:
        raise InvalidInputError("text", "Name one change by its id", "For example: /incident blame deploy-77")
    incident = await desk.meant(blamed.incident, channel_of(body))
    view = await desk.deps.judge(incident, Judgement.CAUSED, actor(body), blamed.change_id, blamed.source)
    change = next(
        one.change
        for one in reversed(view.verdicts)
        if one.change and one.change.change_id == blamed.change_id
    )
    return answers.plain(f"The {describe(change)} is kept as the cause of {view.incident.name}.")
