"""Reads a JSON document from outside into plain values whose texts PostgreSQL can keep."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from bot.domain.errors import InvalidInputError

MAX_DEPTH: Final = 100
"""Deeper is refused: whoever works on a document can call itself for each level, and nobody means more."""
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_NUL_ESCAPE: Final = b"\\u0000"
_TOO_DEEP: Final = ("is nested too deeply", "send a flat JSON object")
_CONTAINERS: Final = (dict, list)


def storable(text: str) -> str:
    """The text with NUL and lone surrogates, which PostgreSQL refuses, replaced by U+FFFD."""
    return _UNSTORABLE.sub(REPLACEMENT, text)


def may_be_unstorable(body: bytes) -> bool:
    """Whether a JSON text that a strict parser accepted could hold a NUL (a raw one is no JSON)."""
    return b"\\" in body and _NUL_ESCAPE in body  # most have none, which one byte tells faster


def read_json(body: bytes) -> Any:
    """Decode, with every text storable.

    Raises:
        InvalidInputError: it is no JSON, or nested so deeply that nobody means it.
    """
    try:
        document, strict = msgspec.json.decode(body), True
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        document, strict = _read_lenient(body), False
    if _is_too_deep(document):
        raise InvalidInputError("", *_TOO_DEEP)
    return document if strict and not may_be_unstorable(body) else _clean(document)


def _read_lenient(body: bytes) -> Any:
    # The strict parser refuses a whole body for one lone surrogate or one huge number in a field that we do
    # not even read; the standard library's takes them, and says better what is wrong with the rest.
    try:
        return json.loads(body)
    except RecursionError as error:
        raise InvalidInputError("", *_TOO_DEEP) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError("", f"is not UTF-8 at byte {error.start}", "send JSON in UTF-8") from error
    except ValueError as error:
        raise InvalidInputError("", f"is not JSON: {error}", "send one JSON document") from error


def _is_too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, _CONTAINERS)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
        if not level:
            return False
    return True


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): _clean(item) for name, item in value.items()}
    return value


def require_object(value: Any, path: str = "") -> dict[str, Any]:
    """The value, if it is a JSON object.

    Raises:
        InvalidInputError: it is something else; the message says what.
    """
    if isinstance(value, dict):
        return value
    raise InvalidInputError(path, f"must be an object, not {json_type(value)}")


def json_type(value: Any) -> str:
    """What JSON calls the type of a value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "an array" if isinstance(value, list) else "an object"


def as_text(value: Any) -> str:
    """A text as it is, anything else as JSON writes it: a list still says what it lists."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def excerpt(value: Any, limit: int) -> bytes:
    """The value as JSON again, for the record, cut to `limit` bytes (so it may end in the middle)."""
    return json.dumps(value, separators=(",", ":")).encode()[:limit]
