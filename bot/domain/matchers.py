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

_FORM: Final = re.compile(
    r"""\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?P<op>=~|!~|!=|=)\s*
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^"\s]*))\s*""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)")
_CHOICE: Final = re.compile(r"[\w:/@ -]+(\|[\w:/@ -]+)*", re.ASCII)


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
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.name}{self.op}"{escaped}"'


def parse_matcher(text: str, compiled: Compile) -> Matcher:
    """Read one matcher.

    Raises:
        InvalidInputError: the text is no matcher, or its regular expression does not compile.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise InvalidInputError(
            "match", f"{text!r} is not a matcher", 'write label="value", or with !=, =~ or !~'
        )
    quoted = found["quoted"]
    value = found["bare"] if quoted is None else _ESCAPE.sub(_unescape, quoted)
    if found["op"] not in {"=~", "!~"}:
        return Matcher(found["name"], found["op"], value)
    if _CHOICE.fullmatch(value):
        return Matcher(found["name"], found["op"], value, OneOf(frozenset(value.split("|"))))
    try:
        pattern = compiled(value)
    except InvalidInputError as error:
        raise InvalidInputError("match", f"{text!r}: {error.problem}", error.fix) from error
    return Matcher(found["name"], found["op"], value, pattern)


def _unescape(escape: re.Match[str]) -> str:
    return "\n" if escape[1] == "n" else escape[1]
