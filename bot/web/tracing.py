"""A span for every request but those that watch over us; it continues the trace of whoever sent it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.web.access import QUIET, route_of
from bot.web.metrics import METHODS

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

    from bot.app.ports import Span, Tracer
    from bot.web.deps import Handler

_UNTRACED: Final = QUIET | {"unmatched"}


def traced(tracer: Tracer) -> Middleware:
    """The middleware; it comes first, so that every line of a request's log names its trace."""

    @web.middleware
    async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = route_of(request)
        if route in _UNTRACED:
            return await handler(request)
        method = request.method if request.method in METHODS else "other"
        about = {"http.request.method": method, "http.route": route}
        answer: web.HTTPException | None = None
        with tracer.request(f"{method} {route}", request.headers, about) as span:
            try:
                response = await handler(request)
            except web.HTTPException as raised:  # an answer, and no failure of the span by itself
                answer = raised
                _tell(span, raised.status)
            else:
                _tell(span, response.status)
                return response
        raise answer

    return trace


def _tell(span: Span, status: int) -> None:
    span.tell({"http.response.status_code": status})
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.fail(str(status))
