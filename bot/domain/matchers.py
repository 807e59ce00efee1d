"""Label matchers in Alertmanager's syntax.

Regular expressions come from people, so the domain does not compile them itself: whoever reads a matcher
passes an engine whose time is linear in the text (`bot.ingest.patterns`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from bot.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLAIN: Final = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_NAME: Final = rf'(?:(?P<name>{_PLAIN})|"(?P<quoted_name>(?:[^"\\]|\\.)+)")'
"""Any other name stands in quotes, as in `"service.name"="checkout"`."""
_PLAIN_NAME: Final = re.compile(_PLAIN)
_OP: Final = r"(?P<op>=~|!~|!=|=)"
_QUOTED: Final = r'"(?P<quoted>(?:[^"\\]|\\.)*)"'
_BARE: Final = r"""(?P<bare>(?![=~])(?:[^"\s,\\]|\\[^\s,])*)"""
"""Without quotes a value has no comma and begins with no operator: there Alertmanager reads further."""
_FORM: Final = re.compile(rf"\s*{_NAME}\s*{_OP}\s*(?:{_QUOTED}|{_BARE})\s*", re.DOTALL)
_ESCAPE: Final = re.compile(r'\\([n"\\])')
"""What stands for another character; before any other a backslash is itself, as in a regular expression."""
_IN_QUOTES: Final = re.compile(_QUOTED, re.DOTALL)
_FIX: Final = 'write label="value", or with !=, =~ or !~'
_FIX_OF_A_COMMA: Final = "write two matchers, or quote the value"
_EXCERPT: Final = 64
_BETWEEN: Final = ", \t\r\n"
_CHOICE: Final = re.compile(r"[\w:/@ -]+(\|[\w:/@ -]+)*", re.ASCII)


def _one_of_several(end: str) -> re.Pattern[str]:
    """A matcher among others; without quotes its value ends where the next may begin, or with `end`.

    A value apart from its operator has no `=`: there it is the next one's name, after an empty value.
    """
    bare = rf"""(?:[^"\s,\\{end}]|\\[^\s,{end}])"""
    apart = rf"""[ \t]+[^"\s,={end}]+"""
    value = rf"""(?:[ \t]*{_QUOTED}|{apart}|{bare}*)"""
    return re.compile(rf"[\s,]*(?P<matcher>{_NAME}[ \t]*{_OP}{value})(?=[\s,{end}]|\Z)", re.DOTALL)


_LISTED: Final = _one_of_several("")
_IN_BRACES: Final = _one_of_several("}")


class Pattern(Protocol):
    """A compiled regular expression."""

    def covers(self, text: str) -> bool:
        """Whether the whole of the text matches."""
        ...


if TYPE_CHECKING:
    Compile = Callable[[str], Pattern]
    """Compiles an expression in RE2's syntax; raises InvalidInputError where it cannot."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A pattern that lists its values, as `a|b|c` does: looked up, not matched."""

    values: frozenset[str]

    def covers(self, text: str) -> bool:
        """See `Pattern`."""
        return text in self.values


@dataclass(frozen=True, slots=True)
class Matcher:
    """`name op "value"` with op one of =, !=, =~, !~; a label that is absent reads as empty."""

    name: str
    op: str
    value: str
    pattern: Pattern | None = field(default=None, compare=False)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the label set satisfies this matcher (regular expressions match the whole value)."""
        actual = labels.get(self.name, "")
        if self.pattern is None:
            return (actual == self.value) == (self.op == "=")
        return self.pattern.covers(actual) == (self.op == "=~")

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values that satisfy it, where they can be listed (`a`, or `a|b|c` as an expression)."""
        if self.op == "=":
            return (self.value,)
        return tuple(self.pattern.values) if self.op == "=~" and isinstance(self.pattern, OneOf) else ()

    def __str__(self) -> str:
        name = self.name if _PLAIN_NAME.fullmatch(self.name) else _in_quotes(self.name)
        return f"{name}{self.op}{_in_quotes(self.value)}"


def parse_matcher(text: str, compiled: Compile) -> Matcher:
    """Read one matcher.

    Raises:
        InvalidInputError: the text is no matcher, or its regular expression does not compile.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        plain = _IN_QUOTES.sub("", text)
        if "," in plain and '"' not in plain:
            raise InvalidInputError("match", f"{text!r} has a comma outside of quotes", _FIX_OF_A_COMMA)
        raise InvalidInputError("match", f"{text!r} is not a matcher", _FIX)
    quoted = found["quoted"]
    value = _ESCAPE.sub(_unescape, found["bare"] if quoted is None else quoted)
    name = found["name"] or _ESCAPE.sub(_unescape, found["quoted_name"])
    if found["op"] not in {"=~", "!~"}:
        return Matcher(name, found["op"], value)
    if _CHOICE.fullmatch(value):
        return Matcher(name, found["op"], value, OneOf(frozenset(value.split("|"))))
    try:
        pattern = compiled(value)
    except InvalidInputError as error:
        raise InvalidInputError("match", f"{text!r}: {error.problem}", error.fix) from error
    return Matcher(name, found["op"], value, pattern)


def leading_matchers(text: str, compiled: Compile) -> tuple[tuple[Matcher, ...], str]:
    """Read the matchers at the start of a text, with commas, blanks or lines between them; and what follows.

    They may stand in braces, as Alertmanager and PromQL write them.

    Raises:
        InvalidInputError: a regular expression does not compile, or a brace is not closed.
    """
    rest = text.strip(_BETWEEN)
    opened = rest.startswith("{")
    rest = rest.removeprefix("{")
    form = _IN_BRACES if opened else _LISTED
    read = []
    while (found := form.match(rest)) is not None:
        read.append(parse_matcher(found["matcher"], compiled))
        rest = rest[found.end() :]
    rest = rest.lstrip(_BETWEEN)
    if opened and not rest.startswith("}"):
        where = f"{rest[:_EXCERPT]!r} is not a matcher" if rest else "the brace is not closed"
        raise InvalidInputError("match", where, _FIX)
    return tuple(read), rest.removeprefix("}").strip() if opened else rest


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unescape(escape: re.Match[str]) -> str:
    return "\n" if escape[1] == "n" else escape[1]
