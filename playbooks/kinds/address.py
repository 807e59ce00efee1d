"""Web addresses of steps: which are accepted, how they are shown, and what an answer's JSON holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from playbooks.errors import PermanentStepError

if TYPE_CHECKING:
    from playbooks.toolbox import HttpResponse


SUCCESS: Final = range(200, 300)


def web_address(url: str) -> str:
    """The address, if it is one of the web.

    Raises:
        PermanentStepError: it is not.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or any(c.isspace() or not c.isprintable() for c in url):
        raise PermanentStepError("the address is not one that begins with http:// or https://")
    return url


def shown(url: str) -> str:
    """The address without user, password, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def pick(response: HttpResponse, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901) in an answer, or None where there is none."""
    try:
        return value_at(response, pointer)
    except LookupError:
        return None


def value_at(response: HttpResponse, pointer: str) -> Any:
    """As `pick`, for who has to tell nothing from null.

    Raises:
        LookupError: the answer is no JSON, or has nothing there.
    """
    try:
        value: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        raise LookupError("its answer is no JSON") from None
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key[:9]) < len(value):
            value = value[int(key[:9])]
        else:
            raise LookupError(f"its answer has nothing at {pointer}")
    return value
