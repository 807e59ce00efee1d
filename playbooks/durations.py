"""Durations as people write them: `90s`, `5m`, `1h30m`, `2d`, or a number of seconds."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PATTERN: Final = r"^(?=.)(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?$"
_LONGEST: Final = timedelta(days=30)


def parse_duration(value: Any) -> Any:
    """Read a duration; anything else is left to pydantic's own complaint.

    Raises:
        ValueError: a text that is none.
    """
    if not isinstance(value, str):
        return value
    found = re.fullmatch(_PATTERN, value)
    if not found:
        raise ValueError("not a duration such as 30s, 5m, 1h30m or 2d")
    return timedelta(**{_UNITS[part[-1]]: int(part[:-1]) for part in found.groups() if part})


def show_duration(value: timedelta) -> str:
    """The duration in its one or two largest units, as in `1 h 30 min`."""
    left = round(value.total_seconds())
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(parts[:2]) or "0 s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    Field(gt=timedelta(0), le=_LONGEST),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _PATTERN},
                {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST.total_seconds()},
            ]
        }
    ),
]
