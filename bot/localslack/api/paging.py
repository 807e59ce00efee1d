"""Cursor paging: a cursor is the base64 of the offset at which the next page starts."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.localslack.api.call import Call, Json
from bot.localslack.errors import SlackError

Item = TypeVar("Item")


def page(
    call: Call, items: Sequence[Item], default: int = 100, most: int = 1000
) -> tuple[Sequence[Item], Json]:
    """Return the page that the call asks for, and `response_metadata` with the cursor of the next one."""
    limit = call.number("limit", default, "invalid_limit")
    if not 0 < limit <= most:
        raise SlackError("invalid_limit")
    start = _offset(call.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        offset = int(number)
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None
    if word != "next" or offset < 0:
        raise SlackError("invalid_cursor")
    return offset
