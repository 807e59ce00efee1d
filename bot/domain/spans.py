"""Durations in words."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_HOURS: Final = 2 * 86_400
_SECONDS_COUNT: Final = 600


def span(seconds: float) -> str:
    """A duration as people say it: `40 s`, `3 min 59 s`, `40 min`, `2 h 5 min`, `30 h`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < _SECONDS_COUNT:
        return exactly(whole)
    if whole < 3_600:  # noqa: PLR2004 - within the hour one unit says enough
        return f"{whole // 60} min"
    large, small = ((3_600, "h"), (60, "min")) if whole < _HOURS else ((86_400, "d"), (3_600, "h"))
    count, rest = divmod(whole, large[0])
    rest //= small[0]
    return f"{count} {large[1]} {rest} {small[1]}" if rest else f"{count} {large[1]}"


def exactly(seconds: float) -> str:
    """A duration to the second: `1 h 2 min 5 s`."""
    rest = round(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
