"""Holds every Web API call against Slack's own reference of methods, and against its limits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from bot.slack.manifest import SCOPES, SCOPES_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Json = dict[str, Any]

APP_LEVEL: Final = frozenset({"apps.connections.open"})
"""Called with the app's token, whose one scope is no bot's."""

STRUCTURED: Final = frozenset({"attachments", "blocks", "metadata", "view"})
"""Strings in the reference, as a form carries them: JSON inside; a JSON body carries them as they are."""

_CHANNEL_NAME: Final = re.compile(r"[a-z0-9_-]{1,80}")
_FLAGS: Final = frozenset({"true", "false", "0", "1"})
_MESSAGE_BLOCKS, _VIEW_BLOCKS, _VIEW_BYTES, _METADATA = 50, 100, 250_000, 3000
_TOPIC, _INVITED = 250, 100
_TEXT: Final = {"chat.update": 4000, "chat.postMessage": 40_000, "chat.postEphemeral": 40_000}


class MethodReference:
    """The methods of a folder that holds one JSON file for each, as Slack describes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Json] = {}

    def problems(self, calls: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with these calls, as the local Slack's journal holds them; each problem once."""
        found = (f"{call['method']}: {problem}" for call in calls for problem in self._judge(call))
        return sorted(set(found))

    def _judge(self, call: Mapping[str, Any]) -> Iterator[str]:
        method: str = call["method"]
        reference = self._reference(method)
        if reference is None:
            yield "is no method of Slack's"
            return
        properties, arguments = reference["args"]["properties"], call["arguments"]
        yield from (f"does not know the argument {name}" for name in arguments.keys() - properties.keys())
        required = set(reference["args"].get("required", ())) - {"token"}
        yield from (f"needs the argument {name}" for name in required - arguments.keys())
        in_json = call["content_type"] == "application/json"
        if in_json and not reference.get("json_input_supported"):
            yield "takes no JSON body"
        for name in arguments.keys() & properties.keys():
            if not _fits(name, arguments[name], properties[name], in_json=in_json):
                yield f"{name} must be {_types(properties[name])}, not {arguments[name]!r:.80}"
        yield from _scopes(method, reference)
        yield from _limits(method, arguments)

    def _reference(self, method: str) -> Json | None:
        if method not in self._known:
            file = self._folder / f"{method}.json"
            if not file.is_file():
                return None
            self._known[method] = json.loads(file.read_text())
        return self._known[method]


def _types(described: Mapping[str, Any]) -> set[str]:
    alternatives = [described, *described.get("anyOf", ())]
    return {one["type"] for one in alternatives if isinstance(one.get("type"), str)}


def _fits(name: str, value: Any, described: Mapping[str, Any], *, in_json: bool) -> bool:
    types = _types(described)
    if not types or name in STRUCTURED:
        return True
    if not in_json:  # a query and a form carry text alone
        return types != {"boolean"} or str(value).lower() in _FLAGS
    fitting = {
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
        "null": value is None,
    }
    return any(fitting[one] for one in types)


def _scopes(method: str, reference: Mapping[str, Any]) -> Iterator[str]:
    if method in APP_LEVEL:
        return
    if method not in SCOPES_OF:
        yield "is not among the manifest's methods"
        return
    any_of = reference.get("scope", {}).get("bot", ())
    if any_of and not set(any_of) & set(SCOPES_OF[method]) & set(SCOPES):
        yield f"needs one of the scopes {', '.join(sorted(any_of))}; the manifest does not ask for it"


def _limits(method: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    if method == "conversations.create" and not _CHANNEL_NAME.fullmatch(str(arguments.get("name"))):
        yield f"the name {arguments.get('name')!r} is not one of a channel"
    if len(str(arguments.get("topic", ""))) > _TOPIC:
        yield f"the topic has more than {_TOPIC} characters"
    if method == "conversations.invite" and len(str(arguments.get("users", "")).split(",")) > _INVITED:
        yield f"more than {_INVITED} people at once"
    if method in _TEXT:
        yield from _message_limits(method, arguments)
    if method.startswith("views."):
        yield from _view_limits(_parsed(arguments.get("view")) or {})


def _message_limits(method: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    blocks = _parsed(arguments.get("blocks")) or []
    text = str(arguments.get("text") or "")
    if len(blocks) > _MESSAGE_BLOCKS:
        yield f"{len(blocks)} blocks in a message"
    if blocks and not text.strip():
        yield "blocks without a text for notifications"
    if len(text) > _TEXT[method]:
        yield f"a text of {len(text)} characters"


def _view_limits(view: Mapping[str, Any]) -> Iterator[str]:
    if len(view.get("blocks", ())) > _VIEW_BLOCKS:
        yield f"{len(view['blocks'])} blocks in a view"
    if len(view.get("private_metadata", "")) > _METADATA:
        yield f"private_metadata of {len(view['private_metadata'])} characters"
    if len(json.dumps(view).encode()) > _VIEW_BYTES:
        yield f"a view of more than {_VIEW_BYTES} bytes"


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value
