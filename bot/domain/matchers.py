"""Label matchers in Alertmanager's syntax, compiled to closures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM: Final = re.compile(
    r"""\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?P<op>=~|!~|!=|=)\s*
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^"\s]*))\s*""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Matcher:
    """`name op "value"` with op one of =, !=, =~, !~; a label that is absent reads as empty."""

    name: str
    op: str
    value: str
    pattern: re.Pattern[str] | None = None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the label set satisfies this matcher (regular expressions match the whole value)."""
        actual = labels.get(self.name, "")
        if self.pattern is None:
            return (actual == self.value) == (self.op == "=")
        return (self.pattern.fullmatch(actual) is not None) == (self.op == "=~")

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.name}{self.op}"{escaped}"'


def parse_matcher(text: str) -> Matcher:
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
    try:
        pattern = re.compile(value, re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidInputError("match", f"{text!r}: {error}", "mend the regular expression") from error
    return Matcher(found["name"], found["op"], value, pattern)


def _unescape(escape: re.Match[str]) -> str:
    return "\n" if escape[1] == "n" else escape[1]
