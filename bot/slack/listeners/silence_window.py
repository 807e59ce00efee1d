"""The window in which alerts are silenced, and what it sends."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import InvalidInputError
from bot.domain.quieting import LONGEST_COMMENT
from bot.domain.silencing import proposed_matchers
from bot.slack import windows
from bot.slack.apologies import apology
from bot.slack.listeners import answers
from bot.slack.listeners.grammar import Silencing, read_matchers
from bot.slack.payloads import actor, channel_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.app.ports import Message
    from bot.slack.listeners.desk import Desk

SILENCE: Final = "incident.silence"
MATCHERS_LIMIT: Final = 2_500
_LENGTHS: Final = {
    "1800": "30 minutes",
    "3600": "1 hour",
    "7200": "2 hours",
    "14400": "4 hours",
    "28800": "8 hours",
    "86400": "1 day",
    "604800": "1 week",
}
"""Seconds, and the words for them."""
_USUAL: Final = "7200"
_HINT: Final = "All must hold. While it lasts such alerts open no incident; what one has already stays in it."


def window(matchers: Iterable[str], channel_id: str, incident_id: str | None) -> dict[str, Any]:
    """The window; it remembers where it was asked for, to answer there."""
    which = windows.lines(MATCHERS_LIMIT, 'service="checkout"', "\n".join(matchers))
    why = windows.line(LONGEST_COMMENT, "Racks are moved, see OPS-12")
    fields = (
        windows.field("matchers", "Which alerts?", which, hint=_HINT),
        windows.field("length", "For how long?", windows.choice(_LENGTHS, _USUAL)),
        windows.field("comment", "Why?", why, optional=True),
    )
    memory = json.dumps({"channel": channel_id, "incident": incident_id})
    return windows.window(SILENCE, "Silence alerts", "Silence", fields, memory)


async def show(desk: Desk, body: Mapping[str, Any], incident_id: str | None) -> None:
    """Open it; for an incident with what would silence the alerts that it has.

    Raises:
        NotFoundError: there is no such incident.
    """
    alerts = (await desk.deps.view_incident(incident_id)).alerts if incident_id else ()
    wanted = window(proposed_matchers(alerts), channel_of(body), incident_id)
    await desk.people.open_window(str(body["trigger_id"]), wanted)


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen for the window's submission."""

    @app.view(SILENCE)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body["view"]
        try:
            filled = read(view)
        except InvalidInputError as error:
            await ack(response_action="errors", errors={"matchers": apology(error)})
            return
        await ack()
        memory = json.loads(view["private_metadata"])
        desk.submitted(body, memory["channel"], partial(_silence, desk, body, filled, memory["incident"]))


async def _silence(
    desk: Desk, body: Mapping[str, Any], filled: Silencing, incident_id: str | None
) -> Message:
    person = actor(body)
    quiet = await desk.deps.silence(filled.matchers, filled.length, person, filled.comment, incident_id)
    return answers.silenced(quiet)


def read(view: Mapping[str, Any]) -> Silencing:
    """What was filled in.

    Raises:
        InvalidInputError: the matchers cannot be read.
    """
    seconds = windows.chosen(view, "length")
    return Silencing(
        read_matchers(windows.written(view, "matchers")),
        timedelta(seconds=int(seconds if seconds in _LENGTHS else _USUAL)),
        windows.written(view, "comment"),
    )
