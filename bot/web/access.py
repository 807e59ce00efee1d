"""Tells of every request once: a line in the log and the metrics. No header, query or body is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from bot.web.keys import METRICS
from bot.web.metrics import METHODS

if TYPE_CHECKING:
    from bot.web.deps import Handler

QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics", "/static"})

log = structlog.get_logger(__name__)


@web.middleware
async def access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count, time and log a request."""
    began = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        _tell(request, status, time.monotonic() - began)
    return response


def _tell(request: web.Request, status: int, seconds: float) -> None:
    route = route_of(request)
    method = request.method if request.method in METHODS else "other"
    metrics = request.app[METRICS]
    metrics.requests.labels(method, route, str(status)).inc()
    metrics.seconds.labels(route).observe(seconds)
    tell = log.debug if route in QUIET and status < web.HTTPBadRequest.status_code else log.info
    tell(
        "request",
        method=method,
        # The raw path: an encoded line break stays encoded, and cannot forge a line of the log.
        path=request.rel_url.raw_path[:256],
        status=status,
        ms=round(seconds * 1000, 1),
        remote=request.remote,
    )


def route_of(request: web.Request) -> str:
    """The route that answers, by its pattern; `unmatched` where none does."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"
