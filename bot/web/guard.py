"""Who may ask: bearer tokens for machines, a session for browsers, and loopback only where no token is set.

A page of a stranger in the same browser must not act here either: what comes without a bearer token has its
`Origin` checked (CSRF), and on loopback its `Host` too (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from bot.ingest.bearer import bearer_matches
from bot.web.keys import DEPS
from bot.web.problems import ProblemError
from bot.web.session import has_session

if TYPE_CHECKING:
    from bot.web.deps import Handler

OPEN: Final = frozenset({"/healthz", "/readyz", "/metrics", "/login", "/slack/events", "/api/openapi.json"})
SENDERS: Final = ("/api/v1/webhooks/", "/api/v1/events")
_SAFE: Final = frozenset({"GET", "HEAD"})
_BEARER: Final = {"WWW-Authenticate": "Bearer"}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through, or refuse it. What is not known to be open is closed."""
    path = request.path
    if path in OPEN or path.startswith("/static/"):
        return await handler(request)
    if path.startswith(SENDERS):
        _require(request, request.app[DEPS].tokens.webhook, "TOCSIN_WEBHOOK_TOKEN")
        return await handler(request)
    if not path.startswith("/api/") and (instead := _page_instead(request)) is not None:
        return instead
    _require(request, request.app[DEPS].tokens.api, "TOCSIN_API_TOKEN")
    return await handler(request)


def _page_instead(request: web.Request) -> web.Response | None:
    """What a browser without a session gets in place of a page."""
    token = request.app[DEPS].tokens.api
    if not token or _is_known(request, token) or request.method not in _SAFE or not _is_browser(request):
        return None
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # A link from elsewhere (Slack, say) comes without the session's strict cookie; from here it has it.
        return web.Response(text=_COME_AGAIN, content_type="text/html")
    return web.Response(
        status=HTTPStatus.SEE_OTHER, headers={"Location": f"/login?next={quote(request.path)}"}
    )


def _is_browser(request: web.Request) -> bool:
    """Whether somebody could log in. A program gets 401, lest it takes the form for what it asked for."""
    return "Authorization" not in request.headers and "text/html" in request.headers.get("Accept", "")


_COME_AGAIN: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tocsin</title>'
    '<meta http-equiv="refresh" content="0"></head><body></body></html>'
)


def _require(request: web.Request, token: str, variable: str) -> None:
    if not token:
        _require_unguarded(request, variable)
    elif not _is_known(request, token):
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            f"send `Authorization: Bearer` with the token of {variable}",
            headers=_BEARER,
        )
    if "Authorization" not in request.headers:
        require_same_origin(request)


def _is_known(request: web.Request, token: str) -> bool:
    if bearer_matches(request.headers.get("Authorization"), token):
        return True
    deps = request.app[DEPS]
    return token == deps.tokens.api and has_session(request, token, deps.clock())


def _require_unguarded(request: web.Request, variable: str) -> None:
    if request.app[DEPS].tokens.allow_anonymous:
        return
    if not is_loopback(request.remote or ""):
        raise ProblemError(HTTPStatus.FORBIDDEN, f"without {variable} this answers the same machine only")
    if not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
        raise ProblemError(HTTPStatus.FORBIDDEN, "the Host header must name this machine, as localhost does")


def require_same_origin(request: web.Request) -> None:
    """Refuse what a page of another site sends.

    Raises:
        ProblemError: 403.
    """
    origin = request.headers.get("Origin")
    public = urlsplit(request.app[DEPS].public_url).netloc
    if origin is not None and urlsplit(origin).netloc not in {request.host, public} - {""}:
        raise ProblemError(HTTPStatus.FORBIDDEN, "another site may not ask this")
    if request.method not in _SAFE and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        raise ProblemError(HTTPStatus.FORBIDDEN, "another site may not do this")


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
