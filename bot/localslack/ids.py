"""Where new identifiers come from; both sources are handed to the workspace."""

import secrets
from collections.abc import Callable

Clock = Callable[[], float]
IdSource = Callable[[str], str]

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def random_id(prefix: str) -> str:
    """Return an id such as `C0X4K2M9QZ1`: the prefix that tells its kind, then ten random characters."""
    return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))


def counting_ids() -> IdSource:
    """Return a source whose ids are predictable: `C0000000001`, `C0000000002`, ..."""
    count = 0

    def next_id(prefix: str) -> str:
        nonlocal count
        count += 1
        return f"{prefix}{count:010d}"

    return next_id


class Timestamps:
    """Message timestamps: the clock's time with six decimals, each one later than the last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """Return a timestamp that was never given before."""
        self._last = max(self._last + 1, int(self._clock() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def seen(self, ts: str) -> None:
        """Take note of a timestamp that was given in an earlier life."""
        self._last = max(self._last, microseconds(ts))


def microseconds(ts: str) -> int:
    """Return a timestamp as a number that compares; raise ValueError if it is none."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])
