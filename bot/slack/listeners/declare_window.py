"""The window in which an incident is declared, and what it sends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.app.declaring import checked
from bot.domain.alert import UNKNOWN
from bot.domain.errors import InvalidInputError
from bot.domain.incident import Severity
from bot.slack import windows
from bot.slack.apologies import apology
from bot.slack.listeners import answers
from bot.slack.listeners.grammar import Declaration, listed
from bot.slack.payloads import actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.app.ports import Message
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
    severity = windows.choice({one.value: _MEANING[one] for one in Severity}, Severity.ERROR.value)
    fields = (
        windows.field("title", "What is wrong?", windows.line(TITLE_LIMIT, "Checkout fails for everybody")),
        windows.field("severity", "How bad is it?", severity),
        windows.field("services", "Services", windows.line(500, "checkout, payments"), optional=True),
        windows.field("environment", "Environment", windows.line(100, "production"), optional=True),
    )
    return windows.window(DECLARE, "Declare an incident", "Declare", fields, channel_id)


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen for the window's submission."""

    @app.view(DECLARE)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body["view"]
        filled = read(view)
        if not filled.title:
            await ack(response_action="errors", errors={"title": "Say in a few words what is wrong."})
            return
        try:
            checked(filled.title, filled.services, filled.environment)
        except InvalidInputError as error:
            await ack(response_action="errors", errors={_field(error): apology(error)})
            return
        await ack()
        channel = str(view.get("private_metadata") or "")
        desk.submitted(body, channel, partial(_declare, desk, body, filled))


async def _declare(desk: Desk, body: Mapping[str, Any], filled: Declaration) -> Message:
    person = actor(body)
    view = await desk.deps.declare(filled.title, filled.severity, filled.services, filled.environment, person)
    return answers.declared(view)


def _field(error: InvalidInputError) -> str:
    """The name of what was filled in: `services[3]` is in `services`."""
    return error.path.partition("[")[0]


def read(view: Mapping[str, Any]) -> Declaration:
    """What was filled in; the title is empty where there is none."""
    severity = windows.chosen(view, "severity")
    return Declaration(
        windows.written(view, "title")[:TITLE_LIMIT],
        Severity(severity) if severity in set(Severity) else Severity.ERROR,
        tuple(listed(windows.written(view, "services"))),
        windows.written(view, "environment") or UNKNOWN,
    )
