"""What an app sends as a whole, a message's content or a view; raises the error that Slack answers with."""

import json
from typing import Any

from bot.localslack.blockkit.blocks import IN_MESSAGE, IN_VIEW, MAX_MARKDOWN, check_blocks
from bot.localslack.blockkit.objects import opaque, plain
from bot.localslack.blockkit.richtext import plain_length
from bot.localslack.blockkit.schema import Shape, anything, boolean, by_type, problem, string
from bot.localslack.errors import SlackError, invalid

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_BLOCK_TEXT = 13_200
MAX_VIEW_BYTES = 250 * 1024
MAX_METADATA_BYTES = 16 * 1024
MAX_ATTACHMENTS = 100
Json = dict[str, Any]

_common = {"callback_id": string(255, 0), "private_metadata": string(3000, 0), "external_id": string(255, 0)}
_VIEW = by_type(
    {
        "modal": Shape(
            {"title": plain(24), "blocks": anything},
            {
                **_common,
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
        "home": Shape({"blocks": anything}, {**_common, "title": opaque, "submit": opaque, "close": opaque}),
    }
)


def check_message_blocks(blocks: Any) -> tuple[Json, ...]:
    """Return the blocks, each with an id; raise `invalid_blocks` or `msg_blocks_too_long`."""
    if blocks is None:
        return ()
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems = check_blocks(blocks, MAX_MESSAGE_BLOCKS, IN_MESSAGE)
    if (
        sum(len(b["text"]) for b in blocks if _is(b, "markdown") and isinstance(b.get("text"), str))
        > MAX_MARKDOWN
    ):
        problems.append(
            problem(f"markdown text must be less than {MAX_MARKDOWN + 1} characters in all", "/blocks")
        )
    if problems:
        raise invalid("invalid_blocks", problems)
    if sum(text_length(block) for block in blocks) > MAX_BLOCK_TEXT:
        raise SlackError("msg_blocks_too_long")
    return with_block_ids(blocks)


def check_attachments(attachments: Any) -> tuple[Json, ...]:
    """Return the attachments; their blocks obey the same rules."""
    if attachments is None:
        return ()
    if not isinstance(attachments, list) or not all(isinstance(item, dict) for item in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MAX_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return tuple(
        {**a, **({"blocks": list(check_message_blocks(a["blocks"]))} if "blocks" in a else {})}
        for a in attachments
    )


def check_metadata(metadata: Any) -> Json | None:
    """Return message metadata, `event_type` and an `event_payload` object; an empty object is none."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if not metadata:
        return {}
    payload = metadata.get("event_payload")
    if (
        not isinstance(metadata.get("event_type"), str)
        or not metadata["event_type"]
        or not isinstance(payload, dict)
    ):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > MAX_METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": payload}


def check_view(view: Any, kind: str) -> Json:
    """Return a view whose blocks have ids; raise `invalid_arguments` or `view_too_large`."""
    if not isinstance(view, dict):
        raise invalid("invalid_arguments", [problem("must be an object", "/view")])
    if len(json.dumps(view)) > MAX_VIEW_BYTES:
        raise SlackError("view_too_large")
    problems: list[str] = []
    _VIEW(view, "/view", problems)
    if not problems and view["type"] != kind:
        problems.append(problem(f"must be of type {kind}", "/view/type"))
    if "blocks" in view:
        problems += check_blocks(view["blocks"], MAX_VIEW_BLOCKS, IN_VIEW, "/view/blocks")
    if (
        not problems
        and kind == "modal"
        and any(_is(b, "input") for b in view["blocks"])
        and not view.get("submit")
    ):
        problems.append(problem("missing required field: submit", "/view"))
    if problems:
        raise invalid("invalid_arguments", problems)
    return {**view, "blocks": list(with_block_ids(view["blocks"]))}


def with_block_ids(blocks: list[Json]) -> tuple[Json, ...]:
    """Return the blocks, those without an id given one, and their elements too, as Slack does."""
    taken = {block.get("block_id") for block in blocks}
    done = []
    for number, block in enumerate(blocks):
        block_id = block.get("block_id") or _free(f"b{number}", taken)
        done.append({**_with_action_ids(block), "block_id": block_id})
    return tuple(done)


def text_length(block: Json) -> int:
    """Return how many characters of text one block shows."""
    if block["type"] == "rich_text":
        return plain_length(block.get("elements", []))
    if block["type"] == "table":
        return sum(plain_length(cell) for row in block.get("rows", []) for cell in row)
    total = _length(block.get("text")) + sum(_length(field) for field in block.get("fields", []))
    if block["type"] == "context":
        total += sum(_length(element.get("text")) for element in block["elements"])
    return total


def _length(text: Any) -> int:
    if isinstance(text, dict):
        return len(text.get("text", ""))
    return len(text) if isinstance(text, str) else 0


def _is(block: Any, kind: str) -> bool:
    return isinstance(block, dict) and block.get("type") == kind


def _free(candidate: str, taken: set[Any]) -> str:
    while candidate in taken:
        candidate += "x"
    taken.add(candidate)
    return candidate


def _with_action_ids(block: Json) -> Json:
    if block["type"] == "actions":
        named = [{**e, "action_id": e.get("action_id") or f"a{n}"} for n, e in enumerate(block["elements"])]
        return {**block, "elements": named}
    for slot in ("accessory", "element"):
        element = block.get(slot)
        if isinstance(element, dict) and element.get("type") != "image":
            return {**block, slot: {**element, "action_id": element.get("action_id") or "a0"}}
    return block
