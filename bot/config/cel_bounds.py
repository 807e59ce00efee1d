"""What a condition may be at most, so that its cost is bounded before it ever runs.

CEL has no loops of its own, but macros inside of macros multiply, `map` and `+` grow texts, and an expression
from an alert's text would be compiled anew for every alert. So: one level of macros, no `map`, a bounded
number of additions, and literal regular expressions alone. At run time the engine itself stops after a number
of iterations, and texts are cut (`bot.config.cel`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import InvalidInputError
from bot.ingest.patterns import linear

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 2_000
MOST_MACROS: Final = 4
MOST_ADDITIONS: Final = 16

_TOKEN: Final = re.compile(
    r"""(?P<comment>//[^\n]*)
    |(?P<text>[rR]?(?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>[^\s\w])""",
    re.VERBOSE | re.ASCII,
)
_MACROS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_JOINS: Final = frozenset(".+")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_PLAIN_ESCAPES: Final = frozenset("\\\"'`?")


class ExpressionError(InvalidInputError):
    """The condition cannot be used.

    `offset` counts characters from its beginning, `meant` is what may have been meant.
    """

    def __init__(self, problem: str, offset: int = 0, *, meant: str = "") -> None:
        super().__init__("when", problem)
        self.offset = offset
        self.meant = meant


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class LiteralCall:
    """`name(argument)`, or `.name(argument)` where it is a method; `offset` is the argument's."""

    name: str
    argument: str
    offset: int
    method: bool


def check_bounds(source: str) -> None:
    """Refuse an expression whose cost could not be foreseen.

    Raises:
        ExpressionError: it is too long, nests macros, or builds texts or regular expressions as it runs.
    """
    if len(source) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters", LONGEST)
    tokens = _tokens(source)
    _check_macros(tokens)
    _check_additions(tokens)
    _check_regexes(tokens)


def names(source: str, variable: str) -> bool:
    """Whether the expression names the variable, outside of texts and comments."""
    nothing = _Token("", "", 0)
    # `a.?b` takes a field of a, as `a.b` does; `a ? b : c` names b.
    written = [nothing, nothing, *_tokens(source)]
    tokens = [
        one
        for one, before in zip(written, [nothing, *written], strict=False)
        if (before.text, one.text) != (".", "?")
    ]
    return any(
        (token.kind, token.text) == ("name", variable) and not (dot.text == "." and _is_value(of))
        for of, dot, token in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


def _is_value(token: _Token) -> bool:
    """Whether a dot after it takes a field of it; a dot that stands alone is CEL's root."""
    return token.kind in {"name", "text"} or token.text in _CLOSING


def compared_texts(source: str) -> Iterator[tuple[str, str, int]]:
    """The variables that are compared with a literal text, by `==` or `!=`: name, literal, its offset.

    Not those that are part of more (`a + b == "c"`), nor what a macro calls so.
    """
    nothing = _Token("", "", 0)
    tokens = [nothing, *_tokens(source), nothing]
    bound = {
        one.text
        for opening, one, comma in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if opening.text + comma.text == "(,"
    }
    for before, first, sign, equals, last, after in zip(
        *(tokens[start:] for start in range(6)), strict=False
    ):
        if sign.text + equals.text not in {"==", "!="} or before.text in _JOINS or after.text in _JOINS:
            continue
        name, text = (first, last) if last.kind == "text" else (last, first)
        if (name.kind, text.kind) == ("name", "text") and name.text not in bound:
            yield name.text, text.text, text.offset


def literal_calls(source: str) -> Iterator[LiteralCall]:
    """The calls in the expression whose only argument is a literal text, outside of texts and comments."""
    tokens = _tokens(source)
    for position, (name, opening, argument, closing) in enumerate(
        zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False)
    ):
        if (name.kind, argument.kind) == ("name", "text") and opening.text + closing.text == "()":
            method = position > 0 and tokens[position - 1].text == "."
            yield LiteralCall(name.text, argument.text, argument.offset, method=method)


def literal(text: str) -> str:
    """The value of a text literal; an escape that is not of a plain character stays as it is."""
    raw = text[0] in "rR"
    body = text[1:] if raw else text
    quotes = 3 if body[:3] in {'"""', "'''"} else 1
    body = body[quotes:-quotes]
    if raw:
        return body
    return _ESCAPED.sub(lambda found: found[1] if found[1] in _PLAIN_ESCAPES else found[0], body)


def _tokens(source: str) -> list[_Token]:
    return [
        _Token(str(found.lastgroup), found[0], found.start())
        for found in _TOKEN.finditer(source)
        if found.lastgroup != "comment"
    ]


def _calls(tokens: list[_Token], position: int) -> bool:
    """Whether `.name(` stands here."""
    around = tokens[position - 1 : position + 2] if position else []
    return [one.text for one in around] == [".", tokens[position].text, "("]


def _check_macros(tokens: list[_Token]) -> None:
    depth, count = 0, 0
    inside: list[int] = []
    for position, token in enumerate(tokens):
        if token.kind == "sign" and token.text in _OPENING:
            depth += 1
        elif token.kind == "sign" and token.text in _CLOSING:
            depth -= 1
            if inside and depth <= inside[-1]:
                inside.pop()
        elif token.kind == "name" and token.text in _MACROS and _calls(tokens, position):
            count += 1
            if token.text == "map":
                raise ExpressionError("map() is not available", token.offset, meant="exists")
            if inside:
                raise ExpressionError(f"{token.text}() inside of another macro", token.offset)
            if count > MOST_MACROS:
                raise ExpressionError(f"more than {MOST_MACROS} macros", token.offset)
            inside.append(depth)


def _check_additions(tokens: list[_Token]) -> None:
    additions = [token for token in tokens if token.kind == "sign" and token.text == "+"]
    if len(additions) > MOST_ADDITIONS:
        raise ExpressionError(f"more than {MOST_ADDITIONS} additions", additions[MOST_ADDITIONS].offset)


def _check_regexes(tokens: list[_Token]) -> None:
    for position, token in enumerate(tokens):
        if token.kind != "name" or token.text != "matches" or tokens[position + 1 : position + 2] == []:
            continue
        if tokens[position + 1].text != "(":
            continue
        # The last argument, in `text.matches("x")` as in `matches(text, "x")`.
        last = _last_before_closing(tokens, position + 2)
        if last is None or last.kind != "text":
            where = last or token
            raise ExpressionError("matches() takes a literal regular expression", where.offset)
        try:
            linear(literal(last.text))
        except InvalidInputError as error:
            raise ExpressionError(f"{last.text}: {error.problem}", last.offset) from error


def _last_before_closing(tokens: list[_Token], position: int) -> _Token | None:
    """The token before the parenthesis that closes; None where the argument is more than one token."""
    depth = 0
    start = position
    for index in range(position, len(tokens)):
        text = tokens[index].text if tokens[index].kind == "sign" else ""
        if depth == 0 and text == ",":
            start = index + 1
        if depth == 0 and text == ")":
            return tokens[index - 1] if index - start == 1 else None
        depth += (text in _OPENING and text != "") - (text in _CLOSING and text != "")
    return None
