"""What is wrong with a file, and where: a sentence with file, line, column, path, excerpt and a proposal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXCERPT = 160
_OF_AN_ADDRESS = re.compile(r"(?<=://)[^\s/@\"']+(?=@)")
"""Who logs in there, and with which password."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; `line` and `column` count from 1, `path` is as in `steps[1].kind`."""

    file: str
    line: int
    column: int
    path: str
    message: str
    suggestion: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        head = f"{self.file}:{self.line}:{self.column}: {where}{self.message}{hint}"
        return f"{head}\n{self.excerpt}" if self.excerpt else head


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """As one reads: the files as they come, in each from its top to its end."""
    told = list(problems)
    files = {file: place for place, file in enumerate(dict.fromkeys(one.file for one in told))}
    return sorted(told, key=lambda one: (files[one.file], one.line, one.column))


def show_path(path: Iterable[str | int]) -> str:
    """A path as people write it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def excerpt(lines: list[str], line: int, column: int) -> str:
    """The line with a caret under the column; empty where there is no such line.

    Excerpts go to terminals, to logs and to the owners, so a password in an address is blotted out, and so is
    what has no look.
    """
    if not 0 < line <= len(lines):
        return ""
    start = max(0, column - _EXCERPT // 2)
    whole = _OF_AN_ADDRESS.sub(lambda found: "*" * len(found[0]), lines[line - 1])
    shown = "".join(map(_seen, whole[start : start + _EXCERPT]))
    return f"  {shown}\n  {' ' * (column - 1 - start)}^"


def _seen(sign: str) -> str:
    if sign.isprintable():
        return sign
    return " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}"


def closest(name: str, known: Iterable[str]) -> str:
    """The known name most like this one, or empty."""
    return next(iter(get_close_matches(name, list(known), 1)), "")
