"""Where a character of a text's value stands in the file: past quotes, escapes, and the folds of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def place_within(lines: Sequence[str], start: tuple[int, int], value: str, offset: int) -> tuple[int, int]:
    """The line and column (from 1) of `value[offset]`, for a text that begins at `start`.

    Characters are matched up in order, blanks aside, so an escape may put it off by its own length.
    """
    places = _places(lines, start)
    place = start
    for character in value[: offset + 1]:
        if not character.isspace():
            place = next((where for where, found in places if found == character), place)
    if offset >= len(value) or value[offset].isspace():
        return place[0], place[1] + 1
    return place


def _places(lines: Sequence[str], start: tuple[int, int]) -> Iterator[tuple[tuple[int, int], str]]:
    """Every character of the file from the text's first on, with its place."""
    line, column = start
    first = lines[line - 1][column - 1 : column] if line <= len(lines) else ""
    if first in {"|", ">"}:
        line, column = line + 1, 1
    elif first in {"'", '"'}:
        column += 1
    for number in range(line, len(lines) + 1):
        text = lines[number - 1]
        for index in range(column if number == line else 1, len(text) + 1):
            yield (number, index), text[index - 1]
