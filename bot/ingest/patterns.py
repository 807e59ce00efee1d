"""Regular expressions that people write, in RE2: its time is linear in the text, whatever the expression.

Matchers of rules, silences and inhibitions come from files, Slack and HTTP; one that backtracks could stop
everything with a single label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import re2

from bot.domain import matchers
from bot.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from bot.domain.matchers import Matcher

LONGEST: Final = 2_000
_MEMORY: Final = 1 << 20
_SHORT: Final = 64
_MOST_KNOWN: Final = 512


class LinearPattern:
    """A compiled expression; `.` matches a new line, too, as in Prometheus.

    Labels say the same few values again and again: what was found of short ones is remembered.
    """

    __slots__ = ("_known", "_match")

    def __init__(self, expression: str) -> None:
        options = re2.Options()
        options.dot_nl = True
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _MEMORY
        self._match = re2.compile(expression, options).fullmatch
        self._known: dict[str, bool] = {}

    def covers(self, text: str) -> bool:
        """See `bot.domain.matchers.Pattern`. A lone surrogate, which no UTF-8 has, reads as `?`."""
        known = self._known.get(text)
        if known is not None:
            return known
        covered = self._match(text.encode("utf-8", "replace")) is not None
        if len(text) <= _SHORT:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[text] = covered
        return covered


def linear(expression: str) -> LinearPattern:
    """Compile an expression in RE2's syntax.

    Raises:
        InvalidInputError: it does not compile, or it is too long or too large.
    """
    if len(expression) > LONGEST:
        raise InvalidInputError("match", f"a regular expression of more than {LONGEST} characters")
    try:
        return LinearPattern(expression)
    except (re2.error, UnicodeEncodeError) as error:
        what = error.args[0]
        text = what.decode("utf-8", "replace") if isinstance(what, bytes) else "it is no text"
        fix = "mend the regular expression; it is in RE2's syntax, without look-around and back references"
        raise InvalidInputError("match", text, fix) from error


def parse_matcher(text: str) -> Matcher:
    """Read one matcher in Alertmanager's syntax.

    Raises:
        InvalidInputError: the text is no matcher, or its regular expression does not compile.
    """
    return matchers.parse_matcher(text, linear)


def leading_matchers(text: str) -> tuple[tuple[Matcher, ...], str]:
    """Read the matchers at the start of a text; and what follows.

    Raises:
        InvalidInputError: a regular expression does not compile, or a brace is not closed.
    """
    return matchers.leading_matchers(text, linear)
