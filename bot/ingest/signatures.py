"""Says who sent something: HMAC signatures over a time and a body, and bearer tokens, in constant time."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime, timedelta

SCHEME: Final = "v1="
SIGNATURE_HEADER: Final = "Tocsin-Signature"
TIMESTAMP_HEADER: Final = "Tocsin-Timestamp"


def sign(secret: str, at: datetime, body: bytes) -> dict[str, str]:
    """The two headers that prove a body ours: the time in Unix seconds, and HMAC-SHA256 over `time.body`."""
    timestamp = str(int(at.timestamp()))
    return {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: _signature(secret, timestamp, body)}


def is_signed(
    secret: str, body: bytes, *, timestamp: str, signature: str, now: datetime, tolerance: timedelta
) -> bool:
    """Whether the signature is right and no older (or newer) than `tolerance`, which stops replays."""
    # Digits of other scripts and endless numbers are digits for `int`, but no time that we would have sent.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= len("9999999999")):
        return False
    if abs(now.timestamp() - int(timestamp)) > tolerance.total_seconds():
        return False
    return _same(_signature(secret, timestamp, body), signature)


def bearer_matches(header: str | None, token: str) -> bool:
    """Whether an `Authorization` header carries the token; an empty token matches nothing."""
    scheme, _, given = (header or "").strip().partition(" ")
    return scheme.lower() == "bearer" and bool(token) and _same(given.strip(), token)


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    text = timestamp.encode() + b"." + body
    return SCHEME + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _same(left: str, right: str) -> bool:
    # As bytes: compare_digest refuses texts beyond ASCII, which a stranger may well send.
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
