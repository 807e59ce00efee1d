"""Time and ids of the running system, which everything else takes as arguments."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime


def now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562) in text form: milliseconds first, so that rows of one time lie together."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return str(uuid.UUID(int=value))
