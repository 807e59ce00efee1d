"""Events: somebody opens our home tab, or mentions us in a channel."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.slack.listeners import answers
from bot.slack.people import Asker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncApp

    from bot.app.ports import Message
    from bot.slack.listeners.desk import Desk

EVENTS: Final = ("app_home_opened", "app_mention")
_MENTION: Final = re.compile(r"<@[^>]*>")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen for the events; Bolt acknowledges them before the listener runs."""

    @app.event("app_home_opened")
    async def home_opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            _begin(desk, "home", body, event, partial(_show_home, desk, event))

    @app.event("app_mention")
    async def mentioned(body: dict[str, Any], event: dict[str, Any]) -> None:
        if not event.get("bot_id"):
            _begin(desk, "mention", body, event, partial(_answer_mention, desk, event))


def _begin(desk: Desk, kind: str, body: Mapping[str, Any], event: Mapping[str, Any], work: Any) -> None:
    tell = partial(desk.people.tell, Asker(str(event["user"]), str(event.get("channel") or "")))
    desk.intake.begin(kind, str(body.get("event_id") or ""), work, tell)


async def _show_home(desk: Desk, event: Mapping[str, Any]) -> None:
    views, in_all = await desk.deps.open_incidents(answers.LISTED)
    await desk.people.show_home(str(event["user"]), answers.home(views, in_all, desk.console_url))


async def _answer_mention(desk: Desk, event: Mapping[str, Any]) -> Message:
    words = _MENTION.sub(" ", str(event.get("text") or "")).split()
    if words and words[0].lower() == "status":
        incident = await desk.meant(" ".join(words[1:]), str(event["channel"]))
        return desk.cards.status(await desk.deps.view_incident(incident))
    return answers.help_text()
