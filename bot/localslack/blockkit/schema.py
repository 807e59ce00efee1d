"""A few combinators in which the shape of Block Kit is written down as tables."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any, str, list[str]], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of an object: those it must have, those it may have, and a rule over the whole."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    rule: Check | None = None

    def __call__(self, value: Any, path: str, problems: list[str]) -> None:
        """Append what is wrong with `value` to `problems`."""
        if not isinstance(value, dict):
            problems.append(problem("must be an object", path))
            return
        problems.extend(
            problem(f"missing required field: {name}", path) for name in self.required if name not in value
        )
        for name, check in {**self.required, **self.optional}.items():
            if value.get(name) is not None:
                check(value[name], f"{path}/{name}", problems)
        known = {"type", *self.required, *self.optional}
        problems.extend(
            problem(f"invalid additional property: {name}", path) for name in value if name not in known
        )
        if self.rule:
            self.rule(value, path, problems)


def problem(text: str, path: str) -> str:
    """Return one problem in Slack's wording."""
    return f"{text} [json-pointer:{path or '/'}]"


def anything(_value: Any, _path: str, _problems: list[str]) -> None:
    """Accept every value."""


def string(most: int, least: int = 1) -> Check:
    """Accept a string whose length is within bounds, both included."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, str):
            problems.append(problem("must be a string", path))
        elif len(value) > most:
            problems.append(problem(f"must be less than {most + 1} characters", path))
        elif len(value) < least:
            problems.append(problem(f"must be more than {least - 1} characters", path))

    return check


def matching(pattern: str, what: str) -> Check:
    """Accept a string of that form."""
    compiled = re.compile(pattern)

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            problems.append(problem(f"must be {what}", path))

    return check


def enum(*allowed: str) -> Check:
    """Accept one of these strings."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if value not in allowed:
            problems.append(problem("must be a valid enum value", path))

    return check


def boolean(value: Any, path: str, problems: list[str]) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        problems.append(problem("must be a boolean", path))


def integer(least: int, most: int) -> Check:
    """Accept a whole number within bounds, both included."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.append(problem("must be an integer", path))
        elif not least <= value <= most:
            problems.append(problem(f"must be between {least} and {most}", path))

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    """Accept a list of so many items."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, list):
            problems.append(problem("must be an array", path))
            return
        if len(value) > most:
            problems.append(problem(f"no more than {most} items allowed", path))
        if len(value) < least:
            problems.append(problem(f"no less than {least} items allowed", path))
        for number, entry in enumerate(value):
            item(entry, f"{path}/{number}", problems)

    return check


def by_type(shapes: Mapping[str, Check]) -> Check:
    """Accept an object whose `type` is a key of the table, and which its shape accepts."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            problems.append(problem("must be an object", path))
        elif "type" not in value:
            problems.append(problem("missing required field: type", path))
        elif not isinstance(value["type"], str) or value["type"] not in shapes:
            problems.append(problem(f"unsupported type: {value['type']}", f"{path}/type"))
        else:
            shapes[value["type"]](value, path, problems)

    return check


def all_of(*checks: Check) -> Check:
    """Accept what every check accepts."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        for one in checks:
            one(value, path, problems)

    return check


def exactly_one(names: Sequence[str]) -> Check:
    """Accept an object that has one, and only one, of these fields."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if sum(name in value for name in names) != 1:
            problems.append(problem(f"must have exactly one of: {', '.join(names)}", path))

    return check


def at_least_one(*names: str) -> Check:
    """Accept an object that has one or more of these fields."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not any(value.get(name) for name in names):
            problems.append(problem(f"must define one of: {', '.join(names)}", path))

    return check
