"""YAML text to plain values that remember where they stood.

A small, strict YAML: no anchors, aliases or tags, no key twice, JSON's scalars alone (so that `on`, `no` and
dates stay texts). Bounded in size and depth, whatever the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml.reader import ReaderError

from playbooks.problem import Problem, excerpt, show_path
from playbooks.yaml_places import place_within

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 30

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?")
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None, "~": None, "": None}

Where = tuple[str | int, ...]


class _UnreadableError(Exception):
    """The text is no YAML that we read; holds its place and the message."""

    def __init__(self, mark: Any, message: str, path: Where = ()) -> None:
        self.line: int = mark.line + 1
        self.column: int = mark.column + 1
        self.message = message
        self.path = path
        super().__init__(message)


@dataclass(slots=True)
class Tree:
    """A document: its value, and the line and column of each value and of each key, by path.

    `digits` has, by path, how a number was written that has more than one way, as 2.1 and 2.10.
    """

    file: str
    lines: list[str]
    value: Any = None
    values: dict[Where, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Where, tuple[int, int]] = field(default_factory=dict)
    digits: dict[Where, str] = field(default_factory=dict)

    def problem(
        self,
        path: Where,
        message: str,
        suggestion: str = "",
        *,
        at_key: bool = False,
        offset: int | None = None,
    ) -> Problem:
        """A problem at this path, or at the nearest place above it that the text has.

        `offset` points at a character of the text that stands there.
        """
        marks = self.keys if at_key and path in self.keys else self.values
        place = path
        while place not in marks and place:
            place = place[:-1]
        line, column = marks.get(place, (1, 1))
        if offset is not None and isinstance(text := self.at(place), str):
            line, column = place_within(self.lines, (line, column), text, offset)
        return Problem(
            self.file, line, column, show_path(path), message, suggestion, excerpt(self.lines, line, column)
        )

    def at(self, path: Where) -> Any:
        """The value at a path that the text has."""
        value = self.value
        for part in path:
            value = value[part]
        return value


def read(text: str | bytes, file: str) -> Tree | Problem:
    """Read the one document of a file, or say what the first problem is."""
    trees = read_all(text, file)
    if isinstance(trees, Problem):
        return trees
    if len(trees) > 1:
        line, column = trees[1].values[()]
        shown = excerpt(trees[1].lines, line, column)
        return Problem(
            file, line, column, "", "a second document; one file holds one playbook", excerpt=shown
        )
    return trees[0]


def read_all(text: str | bytes, file: str) -> list[Tree] | Problem:
    """Read a file of one or more documents, or say what the first problem is; an empty one counts as one."""
    encoded = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if len(encoded) > MAX_BYTES:
        return Problem(file, 1, 1, "", f"larger than {MAX_BYTES >> 20} MiB")
    try:
        decoded = encoded.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_text(file, encoded, error.start)
    lines = decoded.splitlines()
    try:
        return list(_documents(yaml.parse(decoded, Loader=yaml.SafeLoader), file, lines)) or [
            Tree(file, lines)
        ]
    except _UnreadableError as error:
        return _unreadable(file, lines, error)
    except yaml.MarkedYAMLError as error:
        return _unreadable(file, lines, _UnreadableError(error.problem_mark, error.problem or "not YAML"))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return _not_allowed(file, lines, decoded, error)


def _not_text(file: str, encoded: bytes, start: int) -> Problem:
    """Where the first byte stands that is none of a text; what is before it is text."""
    *above, line = encoded[:start].decode("utf-8-sig").split("\n")
    place = len(above) + 1, len(line) + 1
    shown = excerpt(encoded.decode("utf-8-sig", "replace").splitlines(), *place)
    return Problem(file, *place, "", f"not UTF-8: byte 0x{encoded[start]:02X}", excerpt=shown)


def _not_allowed(file: str, lines: list[str], decoded: str, error: Exception) -> Problem:
    """A character, at its place, or an escape for one, that there is not."""
    message = "holds a character that YAML does not allow"
    if not isinstance(error, ReaderError):
        return Problem(file, 1, 1, "", message)
    before = f"{decoded[: error.position]}^".splitlines()
    line, column = len(before), len(before[-1])
    return Problem(file, line, column, "", message, excerpt=excerpt(lines, line, column))


def _unreadable(file: str, lines: list[str], error: _UnreadableError) -> Problem:
    shown = excerpt(lines, error.line, error.column)
    return Problem(file, error.line, error.column, show_path(error.path), error.message, excerpt=shown)


def _documents(events: Iterator[Any], file: str, lines: list[str]) -> Iterator[Tree]:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            tree = Tree(file, lines)
            tree.value = _value(next(events), events, tree, ())
            yield tree


def _value(event: Any, events: Iterator[Any], tree: Tree, path: Where) -> Any:
    mark: Any = event.start_mark
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _UnreadableError(mark, "anchors and aliases are not allowed; write the value out", path)
    if event.tag:
        raise _UnreadableError(mark, "tags are not allowed", path)
    if len(path) > MAX_DEPTH:
        raise _UnreadableError(mark, f"nested deeper than {MAX_DEPTH}", path)
    tree.values[path] = (mark.line + 1, mark.column + 1)
    if isinstance(event, yaml.ScalarEvent):
        value = _scalar(event.value) if event.implicit[0] else event.value
        if isinstance(value, float):
            tree.digits[path] = event.value
        return value
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, tree, path)
    return _mapping(events, tree, path)


def _sequence(events: Iterator[Any], tree: Tree, path: Where) -> list[Any]:
    items: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        items.append(_value(event, events, tree, (*path, len(items))))
    return items


def _mapping(events: Iterator[Any], tree: Tree, path: Where) -> dict[str, Any]:
    items: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise _UnreadableError(event.start_mark, "a key is a plain text", path)
        where = (*path, event.value)
        if event.value in items:
            raise _UnreadableError(event.start_mark, f"{event.value} stands here twice", where)
        mark: Any = event.start_mark
        tree.keys[where] = (mark.line + 1, mark.column + 1)
        items[event.value] = _value(next(events), events, tree, where)
    return items


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
