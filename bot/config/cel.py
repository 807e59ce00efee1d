"""Conditions in CEL (Common Expression Language), by Google's implementation: checked when they are loaded.

Rules that look at one alert share one activation of its variables. What goes wrong at run time comes back
from the library as a value, or as RuntimeError where its budget of iterations is spent; both end here as
`ConditionError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

from cel_expr_python import cel
from cel_expr_python.ext.ext_optional import ExtOptional

from bot.config.cel_bounds import ExpressionError, check_bounds, compared_texts, literal, literal_calls, names
from bot.domain.alert import AlertStatus
from bot.domain.conditions import TEXT, TEXTS, TIME, VARIABLES, ConditionError
from bot.domain.incident import Severity
from playbooks.problem import closest

if TYPE_CHECKING:
    from bot.domain.conditions import Condition

LONGEST_TEXT: Final = 4_096
"""A text longer than that, such as a huge annotation, is cut to it."""

_TYPES: Final = {
    TEXT: cel.Type.STRING,
    TEXTS: cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    TIME: cel.Type.TIMESTAMP,
}
_ENVIRONMENT: Final = cel.NewEnv(
    variables={name: _TYPES[kind] for name, kind in VARIABLES.items()},
    extensions=[ExtOptional()],
)
_REPORT: Final = re.compile(r"ERROR: <input>:(?P<line>-?\d+):(?P<column>-?\d+): (?P<message>[^\n]*)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '(?P<name>[^']*)' \(in container ''\)")
_OVERLOAD: Final = re.compile(r"found no matching overload for '(?P<name>[^']*)' applied to '(?P<types>.*)'")
_EXPECTING: Final = re.compile(r" expecting \{.*")
_LAST_WORD: Final = re.compile(r"\b(?P<word>[a-z]+)\s*\Z")
_CODE: Final = re.compile(r"[A-Z_]+: (?P<text>.*?)(?: \[[A-Z_]+\])?", re.DOTALL)
_ABSENT: Final = re.compile(r'Key not found in map : "(?P<key>.*)"')
_FUNCTIONS: Final = (
    *("contains", "endsWith", "matches", "size", "startsWith"),
    *("all", "exists", "exists_one", "filter", "has", "orValue", "optional"),
    *("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMinutes"),
    *("getMonth", "getSeconds", "duration", "timestamp", "int", "double", "string"),
)
_OF_A_ZONE: Final = frozenset(name for name in _FUNCTIONS if name.startswith("get")) | {"getMilliseconds"}
_SPAN: Final = re.compile(
    r"(?P<count>\d{1,6}) *(?P<unit>w|weeks?|d|days?|h|hours?|hrs?|m|minutes?|mins?|s|seconds?|secs?)",
    re.IGNORECASE,
)
_HOURS: Final = {"w": 168, "d": 24}
_VALUES: Final = {
    "severity": tuple(one.value for one in Severity),
    "status": tuple(one.value for one in AlertStatus),
}
_WORDS: Final = {"and": "&&", "or": "||", "not": "!", "=": "==", "=~": "matches()", "= ": "=="}


class _Alert:
    """The variables of the alert that is being looked at, as the library wants them."""

    def __init__(self) -> None:
        self._variables: Mapping[str, object] | None = None
        self._activation: Any = None

    def activation(self, variables: Mapping[str, object]) -> Any:
        if variables is not self._variables:
            self._activation = _ENVIRONMENT.Activation({name: _plain(one) for name, one in variables.items()})
            self._variables = variables
        return self._activation


class CelCondition:
    """See `bot.domain.conditions.Condition`."""

    __slots__ = ("_alert", "_program", "reads_time", "source")

    def __init__(self, source: str, program: Any, alert: _Alert) -> None:
        self.source = source
        self.reads_time = names(source, "received_at")
        self._program = program
        self._alert = alert

    def holds(self, variables: Mapping[str, object]) -> bool:
        """See `bot.domain.conditions.Condition`."""
        try:
            found = self._program.eval(self._alert.activation(variables)).value()
        except RuntimeError as error:
            raise ConditionError(_run_time(str(error))) from error
        if found is True or found is False:
            return bool(found)
        raise ConditionError(_run_time(str(found)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CelCondition) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)


_SHARED: Final = _Alert()


def condition(source: str) -> Condition:
    """Compile and check an expression.

    Raises:
        ExpressionError: it is no condition over the documented variables; with the place of the problem.
    """
    check_bounds(source)
    try:
        program = _ENVIRONMENT.compile(source)
    except RuntimeError as error:
        raise _load_time(source, str(error)) from error
    given = program.return_type()
    if given != cel.Type.BOOL:
        raise ExpressionError(f"gives {_type_name(given.name())}; a condition gives true or false")
    _check_constants(source)
    _check_values(source)
    return CelCondition(source, program, _SHARED)


def _check_constants(source: str) -> None:
    """Refuse a literal that the library cannot read: what asks for it would fail with every alert."""
    for call in literal_calls(source):
        alone = f"{call.name}({call.argument})"
        text = literal(call.argument)
        if not call.method and call.name == "duration" and _fails(alone):
            problem = f"{call.argument} is no duration; write it in h, m and s"
            raise ExpressionError(problem, call.offset, meant=_in_units(text))
        if not call.method and call.name == "timestamp" and _fails(alone):
            problem = f"{call.argument} is no time; write it as 2026-01-31T12:00:00Z"
            raise ExpressionError(problem, call.offset)
        if call.method and call.name in _OF_A_ZONE and _fails(f"timestamp(0).{alone}"):
            problem = f"{call.argument} is no time zone; write an IANA name, or +01:00"
            raise ExpressionError(problem, call.offset, meant=closest(text, available_timezones()))


def _check_values(source: str) -> None:
    """Refuse to compare a variable of a few values with another one: that never holds, or always."""
    for name, text, offset in compared_texts(source):
        known = _VALUES.get(name, ())
        if known and literal(text) not in {"", *known}:
            meant = closest(literal(text), known)
            problem = f"{name} is never {text}; it is one of {', '.join(known)}"
            raise ExpressionError(problem, offset, meant=f'"{meant}"' if meant else "")


def _fails(constant: str) -> bool:
    """Whether an expression without variables gives an error."""
    try:
        found = _ENVIRONMENT.compile(constant).eval(_ENVIRONMENT.Activation({}))
    except RuntimeError:
        return True
    return bool(found.type() == cel.Type.ERROR)


def _in_units(text: str) -> str:
    """The duration that may have been meant, as CEL writes it; empty where that is not clear."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return ""
    hours = _HOURS.get(found["unit"][0].lower())
    return f'"{int(found["count"]) * hours}h"' if hours else f'"{found["count"]}{found["unit"][0].lower()}"'


def _plain(value: object) -> object:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(name): _text(one) for name, one in value.items()}
    return value


def _text(value: str) -> str:
    """A text that has an encoding, cut to what a condition reads; most are as they have to be."""
    cut = value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()


def _load_time(source: str, report: str) -> ExpressionError:
    """What the library says about an expression: its first complaint, at its place, with a proposal."""
    found = _REPORT.search(report)
    if found is None or int(found["line"]) < 1:
        text = "nested too deeply" if "recursion" in report else _run_time(report)
        return ExpressionError(text)
    lines = source.splitlines(keepends=True)
    offset = sum(map(len, lines[: int(found["line"]) - 1])) + int(found["column"]) - 1
    message = found["message"]
    undeclared, overload = _UNDECLARED.fullmatch(message), _OVERLOAD.fullmatch(message)
    if undeclared:
        name = undeclared["name"]
        # A call is reported at its parenthesis.
        called = source.startswith("(", offset)
        offset -= len(name) if called and source.endswith(name, 0, offset) else 0
        compared = source[:offset].rstrip().endswith(("==", "!="))
        meant = closest(name, _FUNCTIONS) if called else _variable(name, compared=compared)
        return ExpressionError(f"there is no {name}", offset, meant=meant)
    if overload:
        name = overload["name"].replace("_", "").lstrip("@")
        return ExpressionError(f"{name} does not take {overload['types']}", offset)
    problem = _EXPECTING.sub("", message.removeprefix("Syntax error: "))
    before = _LAST_WORD.search(source[:offset])
    if before is not None and before["word"] in _WORDS:  # it is the next one that is not understood
        return ExpressionError(f"there is no {before['word']}", before.start(), meant=_WORDS[before["word"]])
    word = next((sign for word, sign in _WORDS.items() if f"'{word}'" in problem), "")
    if problem.startswith("token recognition error") and "\\" in problem:
        problem = f'{problem}; in a text a backslash is written twice, or the text as r"..."'
    return ExpressionError(problem, offset, meant=word)


def _run_time(report: str) -> str:
    found = _CODE.fullmatch(report)
    text = found["text"] if found else report
    absent = _ABSENT.search(text)
    if absent:
        return f"there is no {absent['key']}; ask has(labels.{absent['key']}) first"
    return text


def _variable(name: str, *, compared: bool) -> str:
    """What an unknown variable may stand for: a label, or a text where something is compared to it."""
    return _WORDS.get(name) or closest(name, VARIABLES) or (f'"{name}"' if compared else f"labels.{name}")


def _type_name(name: str) -> str:
    return name.lower().replace("<", "(").replace(">", ")")
