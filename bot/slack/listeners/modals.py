"""The window in which an incident is declared, and what it sends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.domain.incident import Severity
from bot.slack.listeners import answers
from bot.slack.listeners.grammar import Declaration, listed
from bot.slack.payloads import actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.slack.listeners.desk import Desk

DECLARE: Final = "incident.declare"
TITLE_LIMIT: Final = 150
_MEANING: Final = {
    Severity.CRITICAL: "Critical: wakes people",
    Severity.ERROR: "Error: customers notice",
    Severity.WARNING: "Warning: will hurt soon",
    Severity.INFO: "Info: worth a channel",
}


def declaration(channel_id: str) -> dict[str, Any]:
    """The window; it remembers the channel where it was asked for, to answer there."""
    options = [_option(severity) for severity in Severity]
    severity = {
        "type": "static_select",
        "action_id": "severity",
        "options": options,
        "initial_option": _option(Severity.ERROR),
    }
    return {
        "type": "modal",
        "callback_id": DECLARE,
        "private_metadata": channel_id,
        "title": _text("Declare an incident"),
        "submit": _text("Declare"),
        "close": _text("Cancel"),
        "blocks": [
            _input("title", "What is wrong?", _line("title", TITLE_LIMIT, "Checkout fails for everybody")),
            _input("severity", "How bad is it?", severity),
            _input("services", "Services", _line("services", 500, "checkout, payments"), optional=True),
            _input("environment", "Environment", _line("environment", 100, "production"), optional=True),
        ],
    }


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen for the window's submission."""

    @app.view(DECLARE)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body["view"]
        filled = read(view)
        if not filled.title:
            await ack(response_action="errors", errors={"title": "Say in a few words what is wrong."})
            return
        await ack()
        channel, person = str(view.get("private_metadata") or ""), actor(body)

        async def tell(text: str) -> None:
            await _answer(desk, channel, person.id, answers.plain(text))

        key = f"{view.get('id')}:{view.get('hash')}"
        desk.intake.begin("modal", key, partial(_declare, desk, body, filled, channel), tell)


async def _declare(desk: Desk, body: Mapping[str, Any], filled: Declaration, channel: str) -> None:
    person = actor(body)
    view = await desk.deps.declare(filled.title, filled.severity, filled.services, filled.environment, person)
    await _answer(desk, channel, person.id, answers.declared(view))


async def _answer(desk: Desk, channel: str, user: str, message: Any) -> None:
    if channel:
        await desk.people.whisper(channel, user, message)
    else:
        await desk.people.write_to(user, message)


def read(view: Mapping[str, Any]) -> Declaration:
    """What was filled in; the title is empty where there is none."""
    values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}

    def text(name: str) -> str:
        return str((values.get(name) or {}).get(name, {}).get("value") or "").strip()

    chosen = (values.get("severity") or {}).get("severity", {}).get("selected_option") or {}
    severity = chosen.get("value")
    return Declaration(
        text("title")[:TITLE_LIMIT],
        Severity(severity) if severity in set(Severity) else Severity.ERROR,
        tuple(listed(text("services"))),
        text("environment") or UNKNOWN,
    )


def _text(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _option(severity: Severity) -> dict[str, Any]:
    return {"text": _text(_MEANING[severity]), "value": severity.value}


def _line(action_id: str, limit: int, example: str) -> dict[str, Any]:
    return {
        "type": "plain_text_input",
        "action_id": action_id,
        "max_length": limit,
        "placeholder": _text(example),
    }


def _input(block_id: str, label: str, element: dict[str, Any], *, optional: bool = False) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": _text(label),
        "element": element,
        "optional": optional,
    }
