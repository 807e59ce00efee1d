"""The slash command `/incident`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.slack.listeners import answers, declare_window, silences, verdicts, why
from bot.slack.listeners.grammar import VERBS, read, read_declaration
from bot.slack.payloads import actor, asker, channel_of, command_text
from playbooks.problem import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.app.ports import Message
    from bot.slack.deps import Act
    from bot.slack.listeners.desk import Desk

COMMAND: Final = "/incident"
_DONE: Final = {"ack": "acknowledged", "resolve": "resolved", "reopen": "reopened"}


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen for the command."""

    @app.command(COMMAND)
    async def incident(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        tell = partial(desk.people.tell, asker(body))
        desk.intake.begin("command", str(body.get("trigger_id") or ""), partial(_do, desk, body), tell)


async def _do(desk: Desk, body: Mapping[str, Any]) -> Message | None:
    text = command_text(body)
    typed = read(text)
    verb, rest = (typed.verb, typed.rest) if typed else ("", "")
    answer: Message | None
    match verb:
        case "declare":
            answer = await _declare(desk, body, rest)
        case "status":
            incident = await desk.meant(rest, channel_of(body))
            answer = desk.cards.status(await desk.deps.view_incident(incident))
        case "list":
            answer = answers.open_list(*await desk.deps.open_incidents(answers.LISTED), desk.console_url)
        case "ack" | "resolve" | "reopen":
            answer = await _act(desk, body, verb, rest)
        case "blame":
            answer = await verdicts.blame(desk, body, rest)
        case "why" | "why-not":
            answer = await why.command(desk, body, verb, rest)
        case "silence" | "silences" | "unsilence":
            answer = await silences.command(desk, body, verb, rest)
        case "help":
            answer = answers.help_text()
        case _:
            word = text.split(maxsplit=1)[0]
            meant = closest(word.lower(), VERBS)
            hint = f" Did you mean “/incident {meant}”?" if meant else ""
            answer = answers.help_text(f"“{word}” is not known.{hint}")
    return answer


async def _declare(desk: Desk, body: Mapping[str, Any], rest: str) -> Message | None:
    declaration = read_declaration(rest)
    if declaration is None:
        window = declare_window.declaration(channel_of(body))
        await desk.people.open_window(str(body["trigger_id"]), window)
        return None
    view = await desk.deps.declare(
        declaration.title,
        declaration.severity,
        declaration.services,
        declaration.environment,
        actor(body),
    )
    return answers.declared(view)


async def _act(desk: Desk, body: Mapping[str, Any], verb: str, rest: str) -> Message:
    incident = await desk.meant(rest, channel_of(body))
    acts: dict[str, Act] = {
        "ack": desk.deps.acknowledge,
        "resolve": desk.deps.resolve,
        "reopen": desk.deps.reopen,
    }
    if verb == "reopen" and (open_already := await desk.deps.view_incident(incident)).incident.is_open:
        return answers.plain(f"{open_already.incident.name} is open, so that there is nothing to reopen.")
    acted = (await acts[verb](incident, actor(body))).incident
    unended = acted.unended if verb == "resolve" else ""
    return answers.plain(f"{acted.name} is {_DONE[verb]}. {unended}".rstrip())
