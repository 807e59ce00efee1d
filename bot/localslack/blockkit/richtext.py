"""The `rich_text` block, which is also a cell of a table."""

from collections.abc import Mapping
from typing import Any

from bot.localslack.blockkit.schema import Check, Shape, array, boolean, by_type, enum, integer, string

_style = Shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))
_styled: Mapping[str, Check] = {"style": _style}
_ID = string(64)

_INLINE: Mapping[str, Check] = {
    "text": Shape({"text": string(40_000, 0)}, _styled),
    "link": Shape({"url": string(3000)}, {**_styled, "text": string(40_000, 0), "unsafe": boolean}),
    "user": Shape({"user_id": _ID}, _styled),
    "channel": Shape({"channel_id": _ID}, _styled),
    "usergroup": Shape({"usergroup_id": _ID}, _styled),
    "emoji": Shape({"name": string(100)}, {**_styled, "unicode": string(100), "skin_tone": integer(1, 6)}),
    "broadcast": Shape({"range": enum("here", "channel", "everyone")}, _styled),
    "date": Shape(
        {"timestamp": integer(0, 99_999_999_999), "format": string(1000)},
        {"url": string(3000), "fallback": string(1000)},
    ),
    "color": Shape({"value": string(20)}, _styled),
}
_inline = array(by_type(_INLINE), 1000, 0)
_section = Shape({"elements": _inline})
_bordered: Mapping[str, Check] = {"border": integer(0, 1)}
_PARTS: Mapping[str, Check] = {
    "rich_text_section": _section,
    "rich_text_quote": Shape({"elements": _inline}, _bordered),
    "rich_text_preformatted": Shape({"elements": _inline}, {**_bordered, "language": string(50)}),
    "rich_text_list": Shape(
        {
            "style": enum("bullet", "ordered"),
            "elements": array(by_type({"rich_text_section": _section}), 1000, 0),
        },
        {**_bordered, "indent": integer(0, 8), "offset": integer(0, 100_000)},
    ),
}
rich_text = Shape({"elements": array(by_type(_PARTS), 1000, 0)}, {"block_id": string(255)})


def plain_length(value: Any) -> int:
    """Return how many characters of text a rich text holds, at any depth."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + plain_length(value.get("elements", []))
    return sum(plain_length(item) for item in value) if isinstance(value, list) else 0
