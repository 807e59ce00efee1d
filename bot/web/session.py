"""The session of a browser: a cookie that proves, until it ends, that its bearer once knew the API token.

It holds a value derived from the token, never the token; another token ends every session.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp import web

COOKIE: Final = "tocsin_session"
LIFETIME_SECONDS: Final = 12 * 3600
_DIGITS: Final = 12


def start_session(request: web.Request, response: web.StreamResponse, token: str, now: datetime) -> None:
    """Give the browser its cookie."""
    ends = str(int(now.timestamp()) + LIFETIME_SECONDS)
    secure = request.secure or request.headers.get("X-Forwarded-Proto", "") == "https"
    response.set_cookie(
        COOKIE,
        f"{ends}.{_proof(token, ends)}",
        max_age=LIFETIME_SECONDS,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=secure,
    )


def has_session(request: web.Request, token: str, now: datetime) -> bool:
    """Whether the request carries a session that has not ended."""
    ends, _, proof = request.cookies.get(COOKIE, "").partition(".")
    if not (ends.isascii() and ends.isdigit() and len(ends) <= _DIGITS and int(ends) > now.timestamp()):
        return False
    return hmac.compare_digest(_proof(token, ends).encode(), proof.encode("utf-8", "replace"))


def end_session(response: web.StreamResponse) -> None:
    """Take the cookie back."""
    response.del_cookie(COOKIE, path="/")


def _proof(token: str, ends: str) -> str:
    return hmac.new(token.encode(), f"tocsin session until {ends}".encode(), hashlib.sha256).hexdigest()
