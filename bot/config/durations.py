"""Durations as Prometheus writes them: `30s`, `5m`, `1h30m`, `1d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_FORM: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SCHEMA: Final = {"type": "string", "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", "examples": ["5m", "1h30m"]}


def parse_duration(value: object) -> timedelta:
    """Read a duration.

    Raises:
        ValueError: it is not of this form.
    """
    if isinstance(value, timedelta):
        return value
    found = _FORM.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        raise ValueError("write a duration such as 30s, 5m, 1h30m or 1d")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as error:
        raise ValueError("the duration is too long") from error


Duration = Annotated[timedelta, BeforeValidator(parse_duration), WithJsonSchema(_SCHEMA)]
