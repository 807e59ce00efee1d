"""Texts of others, made safe for one line of ours: bounded, without controls that change how it reads."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = 80
_FEW: Final = 3
_CUT: Final = "…"
# Cc: controls; Cf: format characters, those that turn the direction of writing among them; Cs: half a pair.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_TURNS: Final = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_TYPOGRAPHIC: Final = {0x201C: '"', 0x201D: '"'}
# Emoji and several scripts are joined by these two.
_JOINERS: Final = frozenset({"\u200c", "\u200d"})


def one_line(text: str, limit: int = NAME) -> str:
    """The text on one line of at most `limit` characters, with an ellipsis where it was cut.

    Line breaks become blanks; controls, bidirectional overrides and lone surrogates are left out.
    """
    # What is far beyond the limit need not be looked at.
    head = text[: 4 * limit + 16]
    if not head.isascii() or not head.isprintable():
        head = "".join(map(_seen, head))
    line = " ".join(head.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}{_CUT}"


def in_its_direction(text: str) -> str:
    """The text without the signs that turn the direction of what stands around it."""
    return text if text.isascii() else text.translate(_TURNS)


def few(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    more = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {more} more" if more > 0 else "")


def percent(probability: float) -> str:
    """A probability as people read it; never 0 or 100, since nothing is certain."""
    whole = round(probability * 100)
    if whole < 1:
        return "under 1 %"
    return "over 99 %" if whole > 99 else f"{whole} %"  # noqa: PLR2004 - percent


def straight_quotes(text: str) -> str:
    """What somebody typed, with the typographic quotes that phones write made plain ones."""
    return text.translate(_TYPOGRAPHIC)


def _seen(sign: str) -> str:
    if sign.isspace():
        return " "
    return "" if unicodedata.category(sign) in _UNSEEN and sign not in _JOINERS else sign
