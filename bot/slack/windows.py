"""Windows that people fill in, as modals of Block Kit, and what they have filled in. Pure.

An input's block and its action have the same name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.slack.blocks import Block

    View = dict[str, Any]
    """The payload of `views.open`."""


def window(callback_id: str, title: str, submit: str, fields: Sequence[Block], memory: str = "") -> View:
    """The whole of it; `memory` comes back when it is submitted (at most 3,000 characters)."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": memory,
        "title": _text(title),
        "submit": _text(submit),
        "close": _text("Cancel"),
        "blocks": list(fields),
    }


def field(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    """One thing to fill in."""
    shown: Block = {
        "type": "input",
        "block_id": name,
        "label": _text(label),
        "element": {**element, "action_id": name},
        "optional": optional,
    }
    return {**shown, "hint": _text(hint)} if hint else shown


def line(limit: int, example: str) -> Block:
    """A line of text of at most so many characters, with an example in it while it is empty."""
    return {"type": "plain_text_input", "max_length": limit, "placeholder": _text(example)}


def lines(limit: int, example: str, initial: str = "") -> Block:
    """Several lines of text; `initial` stands there already."""
    element = {**line(limit, example), "multiline": True}
    return {**element, "initial_value": initial[:limit]} if initial else element


def choice(options: Mapping[str, str], initial: str) -> Block:
    """One of several, each a value with its words."""
    return {
        "type": "static_select",
        "options": [_option(value, words) for value, words in options.items()],
        "initial_option": _option(initial, options[initial]),
    }


def written(view: Mapping[str, Any], name: str) -> str:
    """The text of a field, without blanks around it; empty where there is none."""
    return str(_state(view, name).get("value") or "").strip()


def chosen(view: Mapping[str, Any], name: str) -> str:
    """The value that was chosen; empty where none was."""
    return str((_state(view, name).get("selected_option") or {}).get("value") or "")


def _state(view: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}
    found: Mapping[str, Any] = (values.get(name) or {}).get(name) or {}
    return found


def _text(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _option(value: str, words: str) -> Block:
    return {"text": _text(words), "value": value}
