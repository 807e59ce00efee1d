"""Whether Slack would take a message, and whether anything in it could ping or break out of its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.localslack.blockkit.payloads import check_message_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.app.ports import Message

_OURS = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[0-9: -]+ UTC>|<https?://[^\s<>|]+\|[^<>|]*>|<#C\w+>"
)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def assert_slack_takes(message: Message) -> None:
    """Block Kit's limits hold, there is a fallback, and no markup but ours is left."""
    check_message_blocks([dict(block) for block in message.blocks])
    assert 0 < len(message.text) <= 4000
    assert_literal(message.text)
    for text in markups(message.blocks):
        assert text["verbatim"] is True
        assert_literal(text["text"])


def assert_literal(text: str) -> None:
    """What is in angle brackets was made by us, and no escape is cut in two."""
    rest = _OURS.sub("", text)
    assert "<" not in rest, text
    assert ">" not in rest, text
    assert not _ENTITY.search(rest), text


def markups(blocks: Any) -> Iterator[dict[str, Any]]:
    """Every mrkdwn object, however deep."""
    if isinstance(blocks, dict):
        if blocks.get("type") == "mrkdwn":
            yield blocks
        for value in blocks.values():
            yield from markups(value)
    elif isinstance(blocks, (list, tuple)):
        for value in blocks:
            yield from markups(value)


def words(message: Message) -> str:
    """All that a reader sees, on one string."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                found.append(value["text"])
            for one in value.values():
                collect(one)
        elif isinstance(value, (list, tuple)):
            for one in value:
                collect(one)

    collect(message.blocks)
    return "\n".join(found)


def buttons(message: Message) -> list[tuple[str, str]]:
    """(action id, value) of every button, in order."""
    return [
        (element["action_id"], element["value"])
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
