"""Markdown from words that strangers wrote: escaped, so that they cannot format, mention or inject."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL: Final = re.compile(r"([\\`*_\[\]#|~$!])|([&<>])")
_LEADING: Final = re.compile(r"^(\d{0,9})([-+=:.)])(?=[\s=-]|$)")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_LONGEST: Final = 400
_ADDRESS: Final = re.compile(r"https?://[^\s<>\\\x00-\x20\x7f]{1,2000}")
_IN_ADDRESS: Final = str.maketrans({"|": "%7C", "`": "%60", "&": "&amp;"})


def plain(text: str, longest: int = _LONGEST) -> str:
    """One line that shows exactly these words (cut to `longest` characters) wherever it stands."""
    seen = " ".join("".join(one for one in text if one.isspace() or _is_seen(one)).split())
    cut = seen if len(seen) <= longest else seen[: longest - 1] + "…"
    quiet = cut.replace("@", "@\u200b")  # a zero-width space, so that nobody is mentioned
    escaped = _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), quiet)
    return _LEADING.sub(r"\1\\\2", escaped)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; the cells are Markdown already."""
    return [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]


def link(text: str, url: str) -> str:
    """A link where the address is one that a browser may follow, else the words alone."""
    shown = plain(text)
    if _ADDRESS.fullmatch(url) is None:
        return shown
    return f"[{shown}](<{url.translate(_IN_ADDRESS)}>)"


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"
