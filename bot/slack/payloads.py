"""What Slack's payloads say about who acts, where, and on what. Pure; what is missing reads as empty."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from bot.app.ports import Person
from bot.domain.errors import InvalidInputError
from bot.slack.people import Asker

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER: Final = re.compile(r"(?:inc-)?(\d{1,12})", re.IGNORECASE)


def actor(body: Mapping[str, Any]) -> Person:
    """Who acts: in a command the fields lie flat, elsewhere under `user`."""
    user = body.get("user") or {}
    identity = str(body.get("user_id") or user.get("id") or "")
    name = str(body.get("user_name") or user.get("username") or user.get("name") or identity)
    return Person(id=identity, name=name, via="slack")


def channel_of(body: Mapping[str, Any]) -> str:
    """The channel's id."""
    channel = body.get("channel") or {}
    container = body.get("container") or {}
    return str(body.get("channel_id") or channel.get("id") or container.get("channel_id") or "")


def pressed(body: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The action id of the pressed button, or of the menu, and what its value, or the chosen one, holds.

    Raises:
        InvalidInputError: it is none of ours.
    """
    actions = body.get("actions") or [{}]
    chosen = actions[0].get("selected_option") or {}
    action_id = str(actions[0].get("action_id") or "")
    value = str(actions[0].get("value") or chosen.get("value") or "")
    try:
        packed = json.loads(value)
    except ValueError:
        packed = None
    if not isinstance(packed, dict) or not all(isinstance(one, str) for one in packed.values()):
        raise InvalidInputError("actions.0.value", "This button is broken", "Use /incident instead")
    return action_id, packed


def part(value: Mapping[str, str], name: str) -> str:
    """What a button's value holds under this name.

    Raises:
        InvalidInputError: nothing.
    """
    if not value.get(name):
        raise InvalidInputError("actions.0.value", "This button is broken", "Use /incident instead")
    return value[name]


def block_of(body: Mapping[str, Any]) -> str:
    """The id of the block that holds what was pressed."""
    actions = body.get("actions") or [{}]
    return str(actions[0].get("block_id") or "")


def reference(text: str) -> str:
    """An incident's name as people type it (`12`, `inc-12`) in its proper form; else as it is."""
    found = _NUMBER.fullmatch(text.strip())
    return f"INC-{int(found[1])}" if found else text.strip()


def asker(body: Mapping[str, Any]) -> Asker:
    """Who used a command or a button, and where."""
    return Asker(actor(body).id, channel_of(body), str(body.get("response_url") or ""))


def command_text(body: Mapping[str, Any]) -> str:
    """What was typed after the command, as it was typed: in text, `&`, `<` and `>` come as in HTML."""
    text = str(body.get("text") or "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
