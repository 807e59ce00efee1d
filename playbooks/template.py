"""`{{ incident.id }}` in texts: strict, total and without evaluation; each place escapes in its own way.

An expression is a path (`steps.look.value`, `incident.services[0]`) or a quoted text, with fallbacks after
`??`. A value that is absent, null or an empty text is not set.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from playbooks.errors import TemplateSyntaxError, UnknownVariableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Variables = Mapping[str, Any]

_PLACEHOLDER: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
_PATH: Final = re.compile(rf"{_NAME}(?:\.{_NAME}|\[\d{{1,4}}\])*")
_PART: Final = re.compile(rf"{_NAME}|\d+")
_LARGE: Final = 1e6  # from here on decimals say nothing
_LITERAL: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")


class Place(Enum):
    """Where a text goes, which says how inserted values are escaped."""

    TEXT = "text"
    URL = "url"
    QUERY = "query"
    HEADER = "header"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Path:
    """A variable: its text and its parts, where a number is a position in a list."""

    text: str
    parts: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """Operands in order of preference; a plain `str` is a quoted text."""

    operands: tuple[Path | str, ...]


@lru_cache(maxsize=4096)
def parse(template: str) -> tuple[str | Expression, ...]:
    """Split a template into its texts and expressions.

    Raises:
        TemplateSyntaxError: an expression cannot be read; the message quotes it.
    """
    pieces: list[str | Expression] = []
    end = 0
    for found in _PLACEHOLDER.finditer(template):
        pieces += _text(template[end : found.start()])
        pieces.append(_expression(found[1]))
        end = found.end()
    pieces += _text(template[end:])
    return tuple(pieces)


def parse_path(text: str) -> Path:
    """Read a variable's name.

    Raises:
        TemplateSyntaxError: it is none.
    """
    if not _PATH.fullmatch(text):
        raise TemplateSyntaxError(f"{text!r} is not a variable such as incident.id or incident.services[0]")
    return Path(text, tuple(int(part) if part.isdigit() else part for part in _PART.findall(text)))


def _text(text: str) -> list[str | Expression]:
    if "{{" in text:
        raise TemplateSyntaxError("a {{ is not closed by }}")
    return [text] if text else []


def _expression(source: str) -> Expression:
    operands: list[Path | str] = []
    for operand in source.split("??"):
        literal = _LITERAL.fullmatch(operand.strip())
        if literal:
            operands.append(literal[1] if literal[1] is not None else literal[2])
        else:
            operands.append(parse_path(operand.strip()))
    return Expression(tuple(operands))


def lookup(path: Path, variables: Variables) -> Any:
    """The variable's value.

    Raises:
        UnknownVariableError: it is not set.
    """
    value: Any = variables
    for depth, part in enumerate(path.parts):
        if not _holds(value, part):
            raise UnknownVariableError(path.text, nearest(path, depth, value))
        value = value[part]
    if value is None or value == "":
        raise UnknownVariableError(path.text)
    return value


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(value, list | tuple) and part < len(value)
    return isinstance(value, dict) and part in value


def nearest(path: Path, depth: int, known: Any) -> str:
    """The name most like `path`, whose part at `depth` is not among the names in `known`; or empty."""
    names = [name for name in known if isinstance(name, str)] if isinstance(known, dict) else []
    close = get_close_matches(str(path.parts[depth]), names, 1)
    if not close:
        return ""
    return ".".join(str(part) for part in (*path.parts[:depth], close[0], *path.parts[depth + 1 :]))


def evaluate(expression: Expression, variables: Variables) -> Any:
    """The value of the first operand that is set.

    Raises:
        UnknownVariableError: none is; it names the first.
    """
    first: UnknownVariableError | None = None
    for operand in expression.operands:
        if isinstance(operand, str):
            return operand
        try:
            return lookup(operand, variables)
        except UnknownVariableError as error:
            first = first or error
    raise first or UnknownVariableError("")


def show(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < _LARGE else f"{value:.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(show(item) for item in value)
    return str(value)


def _escape_query(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'").replace("\n", "\\n")


_ESCAPES: Final[Mapping[Place, Callable[[str], str]]] = {
    Place.TEXT: str,
    Place.JSON: str,
    Place.URL: lambda text: quote(text, safe=""),
    Place.QUERY: _escape_query,
    Place.HEADER: lambda text: "".join(c if c.isprintable() else " " for c in text),
}


def render(template: str, variables: Variables, place: Place = Place.TEXT) -> str:
    """Fill a template in.

    In a URL each value is percent-encoded, except one that begins the template: that is the address itself.

    Raises:
        UnknownVariableError: a variable is not set.
        TemplateSyntaxError: it is no template.
    """
    escape = _ESCAPES[place]
    out: list[str] = []
    for position, piece in enumerate(parse(template)):
        if isinstance(piece, str):
            out.append(piece)
        elif place is Place.URL and position == 0:
            out.append(show(evaluate(piece, variables)).strip())
        else:
            out.append(escape(show(evaluate(piece, variables))))
    return "".join(out)


def render_tree(value: Any, variables: Variables, place: Place) -> Any:
    """Fill in every text of a JSON value; where JSON goes, a text that is one expression keeps its type.

    Raises:
        UnknownVariableError, TemplateSyntaxError: as `render`.
    """
    if isinstance(value, dict):
        return {key: render_tree(item, variables, place) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [render_tree(item, variables, place) for item in value]
    if not isinstance(value, str):
        return value
    pieces = parse(value)
    if place is Place.JSON and len(pieces) == 1 and isinstance(pieces[0], Expression):
        return evaluate(pieces[0], variables)
    return render(value, variables, place)


def texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a JSON value, with the path to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from texts(item, (*path, position))


def paths(value: Any) -> Iterator[Path]:
    """Every variable that the templates in a JSON value name."""
    for _, text in texts(value):
        for piece in parse(text):
            if isinstance(piece, Expression):
                yield from (operand for operand in piece.operands if isinstance(operand, Path))
