"""The blocks of messages, modals and home tabs."""

from collections.abc import Mapping
from typing import Any

from bot.localslack.blockkit.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION
from bot.localslack.blockkit.objects import identifier, opaque, plain, slack_file, text, url
from bot.localslack.blockkit.richtext import rich_text
from bot.localslack.blockkit.schema import (
    Check,
    Shape,
    all_of,
    array,
    at_least_one,
    boolean,
    by_type,
    enum,
    exactly_one,
    problem,
    string,
)

MAX_MARKDOWN = 12_000
MAX_ROWS = 100
MAX_COLUMNS = 20
_ID: Mapping[str, Check] = {"block_id": identifier}
_context = {**IMAGE, "mrkdwn": text(3000), "plain_text": text(3000)}


def _opaque(_value: Any, _path: str, _problems: list[str]) -> None:
    """Accept a block whose content this workspace does not look into."""


def _cells(value: Any, path: str, problems: list[str]) -> None:
    """Accept one row of a table."""
    cell = by_type(
        {"raw_text": Shape({"text": string(3000, 0)}), "raw_number": opaque, "rich_text": rich_text}
    )
    array(cell, MAX_COLUMNS)(value, path, problems)


def _input_rule(value: Any, path: str, problems: list[str]) -> None:
    """Refuse a dispatching file input, which Slack does not have."""
    element = value.get("element")
    if value.get("dispatch_action") and isinstance(element, dict) and element.get("type") == "file_input":
        problems.append(
            problem("dispatch_action is not supported for this element", f"{path}/dispatch_action")
        )


BLOCKS: Mapping[str, Check] = {
    "section": Shape(
        {},
        {
            **_ID,
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": by_type(IN_SECTION),
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "header": Shape({"text": plain(150)}, _ID),
    "divider": Shape({}, _ID),
    "image": Shape(
        {"alt_text": string(2000)},
        {**_ID, "image_url": url, "slack_file": slack_file, "title": plain(2000)},
        exactly_one(("image_url", "slack_file")),
    ),
    "actions": Shape({"elements": array(by_type(IN_ACTIONS), 25)}, _ID),
    "context": Shape({"elements": array(by_type(_context), 10)}, _ID),
    "markdown": Shape({"text": string(MAX_MARKDOWN)}, _ID),
    "rich_text": rich_text,
    "input": Shape(
        {"label": plain(2000), "element": by_type(IN_INPUT)},
        {**_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
        _input_rule,
    ),
    "table": Shape(
        {"rows": array(_cells, MAX_ROWS)},
        {
            **_ID,
            "column_settings": array(
                Shape({}, {"align": enum("left", "center", "right"), "is_wrapped": boolean}), MAX_COLUMNS
            ),
        },
    ),
    "video": _opaque,
    "file": _opaque,
    "context_actions": _opaque,
}
IN_MESSAGE = BLOCKS
IN_VIEW = {
    name: check
    for name, check in BLOCKS.items()
    if name not in {"markdown", "table", "file", "context_actions"}
}


def check_blocks(blocks: Any, most: int, shapes: Mapping[str, Check], path: str = "/blocks") -> list[str]:
    """Return what is wrong with a list of blocks, in Slack's words; an empty list if nothing is."""
    problems: list[str] = []
    all_of(array(by_type(shapes), most, 0), _unique_ids, _one_table)(blocks, path, problems)
    return problems


def _unique_ids(blocks: Any, path: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                problems.append(problem(f"`block_id` {block_id} already exists", f"{path}/{number}/block_id"))
            seen.add(block_id)
        _unique_actions(block, f"{path}/{number}", problems)


def _unique_actions(block: dict[str, Any], path: str, problems: list[str]) -> None:
    elements = block.get("elements") if block.get("type") == "actions" else None
    seen: set[str] = set()
    for number, element in enumerate(elements if isinstance(elements, list) else []):
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str):
            if action_id in seen:
                where = f"{path}/elements/{number}/action_id"
                problems.append(problem(f"`action_id` {action_id} already exists", where))
            seen.add(action_id)


def _one_table(blocks: Any, path: str, problems: list[str]) -> None:
    tables = (
        [n for n, b in enumerate(blocks) if isinstance(b, dict) and b.get("type") == "table"]
        if isinstance(blocks, list)
        else []
    )
    problems.extend(problem("only_one_table_allowed", f"{path}/{number}") for number in tables[1:])
