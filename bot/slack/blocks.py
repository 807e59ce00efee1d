"""Typed constructors for Block Kit: what comes from outside is escaped and cut here, so that no limit breaks.

Texts in Slack's markup are of type `Markup` and are made only by the functions of this module; a plain `str`
has to pass through `escape` first, where `<!channel>` becomes harmless.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal, NewType
from urllib.parse import urlsplit

from bot.domain.wording import in_its_direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Markup = NewType("Markup", str)
Block = dict[str, Any]

BLOCKS_A_MESSAGE: Final = 50
BLOCKS_A_VIEW: Final = 100
SECTION: Final = 3000
FIELD: Final = 2000
FIELDS: Final = 10
HEADER: Final = 150
CONTEXT_ELEMENT: Final = 2000
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 75
BLOCK_ID: Final = 255
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
TEXT: Final = 3000  # the fallback: chat.update takes 4000
LINK: Final = 800
ELLIPSIS: Final = "…"

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_UNSAFE_IN_LINK: Final = re.compile(r"[\s<>|\"`\\\x00-\x1f\x7f]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_BREAKS: Final = re.compile(r"\n{3,}")
_BLANKS: Final = re.compile(r"\s+")


def one_line(text: str) -> str:
    """The text with every run of white space as one blank, and without control characters."""
    return _BLANKS.sub(" ", _CONTROLS.sub(" ", in_its_direction(text))).strip()


def paragraph(text: str) -> str:
    """The text with its lines kept, at most one empty line in a row, without control characters."""
    return _BREAKS.sub("\n\n", _CONTROLS.sub(" ", in_its_direction(text))).strip()


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; a cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def escape(text: str, limit: int) -> Markup:
    """Text as Slack's markup shows it literally, at most `limit` characters when escaped."""
    written: list[str] = []
    length = 0
    for place, character in enumerate(text):
        shown = _ESCAPES.get(character, character)
        last = place == len(text) - 1
        if length + len(shown) > limit - (0 if last else 1):
            return Markup("".join(written).rstrip() + ELLIPSIS)
        written.append(shown)
        length += len(shown)
    return Markup("".join(written))


def said(text: str, limit: int) -> Markup:
    """One escaped line."""
    return escape(one_line(text), limit)


def bold(text: str, limit: int) -> Markup:
    """One escaped line in bold; asterisks in it would end the bold early."""
    inner = said(text.replace("*", "∗"), limit)
    return Markup(f"*{inner}*") if inner else Markup("")


def code(text: str, limit: int) -> Markup:
    """One escaped line as code."""
    inner = said(text.replace("`", "'"), limit)
    return Markup(f"`{inner}`") if inner else Markup("")


def link(url: str, label: str) -> Markup:
    """A link, or nothing where the address is no plain http(s) one of reasonable length."""
    if not is_link(url):
        return Markup("")
    return Markup(f"<{url.replace('&', '&amp;')}|{said(label.replace('|', '¦'), BUTTON_TEXT)}>")


def is_link(url: str) -> bool:
    """Whether an address may be shown as a link."""
    if not url or len(url) + 4 * url.count("&") > LINK or _UNSAFE_IN_LINK.search(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def when(moment: datetime) -> Markup:
    """A time in the reader's zone, in UTC where the client cannot do that."""
    fallback = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return Markup(f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time_secs}}|{fallback}>")


def joined(parts: Iterable[str], between: str = " · ") -> Markup:
    """Pieces of markup one after the other, empty ones left out."""
    return Markup(between.join(part for part in parts if part))


def words(text: str) -> Markup:
    """A text of our own, which holds nothing from outside."""
    return Markup(text)


def header(text: str) -> Block:
    """A headline, shown literally."""
    return {"type": "header", "text": _plain(one_line(text) or "-", HEADER)}


def section(text: Markup, accessory: Block | None = None, block_id: str = "") -> Block:
    """A paragraph, with something to press beside it; `block_id` comes back when that is pressed."""
    block: Block = {"type": "section", "text": _mrkdwn(text, SECTION)}
    if accessory is not None:
        block["accessory"] = accessory
        if block_id:
            block["block_id"] = block_id
    return block


def fields(pairs: Sequence[tuple[str, Markup]]) -> Block:
    """Up to ten names with their values, in two columns."""
    shown = [_mrkdwn(Markup(f"*{name}*\n{value}"), FIELD) for name, value in pairs[:FIELDS]]
    return {"type": "section", "fields": shown}


def context(*texts: Markup) -> Block:
    """Small print."""
    return {"type": "context", "elements": [_mrkdwn(text, CONTEXT_ELEMENT) for text in texts[:10]]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def button(
    text: str,
    action_id: str,
    value: Mapping[str, str],
    *,
    style: Literal["primary", "danger"] | None = None,
    confirm: Block | None = None,
) -> Block | None:
    """A button; None where its value would not fit, since a cut value would act on something else."""
    packed = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if len(packed) > BUTTON_VALUE:
        return None
    block: Block = {
        "type": "button",
        "action_id": action_id,
        "text": _plain(text, BUTTON_TEXT),
        "value": packed,
    }
    return block | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def menu(action_id: str, choices: Sequence[tuple[str, Mapping[str, str]]]) -> Block | None:
    """Two to five choices behind three dots; None where the value of one would not fit."""
    packed = [(text, json.dumps(value, ensure_ascii=False, separators=(",", ":"))) for text, value in choices]
    if any(len(value) > OPTION_VALUE for _, value in packed):
        return None
    options = [{"text": _plain(text, OPTION_TEXT), "value": value} for text, value in packed]
    return {"type": "overflow", "action_id": action_id, "options": options}


def confirmation(title: str, text: str, yes: str, no: str) -> Block:
    """The question before a button acts."""
    return {
        "title": _plain(one_line(title), CONFIRM_TITLE),
        "text": _plain(one_line(text), CONFIRM_TEXT),
        "confirm": _plain(yes, CONFIRM_BUTTON),
        "deny": _plain(no, CONFIRM_BUTTON),
    }


def actions(row: str, *buttons: Block | None) -> list[Block]:
    """A row of buttons; no block where none is left.

    `row` names it among the message's blocks (its `block_id`, at most 255 characters). It stays the same
    while its buttons mean the same: a press is not lost because the message was redrawn in that moment.
    """
    left = [one for one in buttons if one is not None]
    return [{"type": "actions", "block_id": clip(row, BLOCK_ID), "elements": left}] if left else []


def fallback(text: str) -> str:
    """The text of a message for notifications; escaped, since Slack reads markup there too."""
    return escape(paragraph(text) or "-", TEXT)


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": clip(text, limit), "emoji": True}


def _mrkdwn(text: Markup, limit: int) -> Block:
    # verbatim: names such as @channel in what others wrote must not become mentions.
    return {"type": "mrkdwn", "text": clip(text or "-", limit), "verbatim": True}
