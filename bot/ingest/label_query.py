"""Reads which alerts a person means: a name, or labels as in `service=checkout severity=page`."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.errors import InvalidInputError
from bot.domain.wording import straight_quotes

MOST: Final = 10
_LONGEST: Final = 1_000
_FIX: Final = "write an alert's name, label=value, or both"
_WORD: Final = re.compile(
    r"""\s*(?:(?P<label>[a-zA-Z_][a-zA-Z0-9_.:/-]*)=)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]*[^\s"=]))(?=\s|$)"""
)


def read_label_query(text: str) -> dict[str, str]:
    """The labels that are meant; a word alone is the `alertname`.

    Raises:
        InvalidInputError: nothing is named, something twice, or it cannot be read.
    """
    typed = straight_quotes(text).strip()
    if not typed or len(typed) > _LONGEST:
        raise InvalidInputError("alert", "is not named" if not typed else "is too long", _FIX)
    labels: dict[str, str] = {}
    place = 0
    while place < len(typed):
        found = _WORD.match(typed, place)
        if found is None:
            raise InvalidInputError("alert", f"{typed[place : place + 64].strip()!r} cannot be read", _FIX)
        name = found["label"] or "alertname"
        if name in labels or len(labels) == MOST:
            raise InvalidInputError(
                "alert", f"{name} stands there twice" if name in labels else "too many", _FIX
            )
        labels[name] = found["bare"] if found["quoted"] is None else found["quoted"]
        place = found.end()
    return labels
