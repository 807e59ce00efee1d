"""Bearer tokens, compared in constant time."""

from __future__ import annotations

import hmac


def bearer_matches(header: str | None, token: str) -> bool:
    """Whether an `Authorization` header carries the token; an empty token matches nothing."""
    scheme, _, given = (header or "").strip().partition(" ")
    return scheme.lower() == "bearer" and bool(token) and _same(given.strip(), token)


def _same(left: str, right: str) -> bool:
    # As bytes: compare_digest refuses texts beyond ASCII, which a stranger may well send.
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
