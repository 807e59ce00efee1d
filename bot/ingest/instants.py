"""Reads instants: RFC 3339 with any offset and up to nanoseconds, as aware times in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec

from bot.domain.alert import instant
from bot.domain.errors import InvalidInputError

AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]
_encoder: Final = msgspec.json.Encoder()
_WITH_MICROSECONDS: Final = len('"2026-03-01T12:00:00.000001Z"')
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""No clock says this; what is kept and played again may hold it all the same."""
FIX: Final = "write RFC 3339 with an offset, as in 2026-03-01T12:00:00Z"


def utc(moment: datetime, path: str) -> datetime | None:
    """The same instant in UTC; None for what lies before 1970, which is how Go writes "no time".

    Raises:
        InvalidInputError: it is outside the years that can be told.
    """
    if moment.tzinfo is not UTC:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            if moment.year == 1:
                return None
            raise InvalidInputError(path, f"{moment.isoformat()} is out of range", FIX) from None
    return moment if moment >= EPOCH else None


def within_reason(moment: datetime | None, path: str) -> None:
    """Make sure that a replay can count from a time, on and back.

    Raises:
        InvalidInputError: it lies so far off that nobody means it.
    """
    if moment is not None and not EPOCH <= moment < LATEST:
        raise InvalidInputError(path, f"{moment.isoformat()} is out of range", "write a time before 2200")


def written(moment: datetime) -> str:
    """A time in UTC as `bot.domain.alert.instant` writes it, in a fraction of its time."""
    text = _encoder.encode(moment)
    return text[1:27].decode() + "+00:00" if len(text) == _WITH_MICROSECONDS else instant(moment)


def read_instant(value: Any, path: str) -> datetime | None:
    """Read a time from a JSON value: None where it is absent, empty or Go's zero time.

    Finer than a microsecond is rounded.

    Raises:
        InvalidInputError: it is no such time.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidInputError(path, "must be a time as text", FIX)
    try:
        moment = msgspec.convert(value, AwareTime)
    except msgspec.ValidationError:
        raise InvalidInputError(path, f"{value[:64]!r} is not a time", FIX) from None
    return utc(moment, path)
