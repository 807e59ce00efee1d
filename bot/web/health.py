"""`/healthz`, `/readyz` and `/metrics`: for every long-running process, the web or not."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson
import structlog
from aiohttp import web
from prometheus_client.exposition import choose_encoder

from bot.domain.errors import TocsinError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prometheus_client import CollectorRegistry

    from bot.web.deps import Check, Handler

CHECK_SECONDS: Final = 4.0

log = structlog.get_logger(__name__)


def health_routes(checks: Mapping[str, Check], registry: CollectorRegistry) -> list[web.RouteDef]:
    """The three routes over these checks and metrics."""
    return [
        web.get("/healthz", healthz),
        web.get("/readyz", _readyz(checks)),
        web.get("/metrics", _metrics(registry)),
    ]


async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


def _readyz(checks: Mapping[str, Check]) -> Handler:
    async def readyz(_request: web.Request) -> web.Response:
        problems = await asyncio.gather(*(_problem(check) for check in checks.values()))
        found = dict(zip(checks, problems, strict=True))
        failing = sorted(name for name, problem in found.items() if problem)
        body = {
            "status": "failing" if failing else "ready",
            "failing": failing,
            "checks": {
                name: {"ok": not problem} | ({"problem": problem} if problem else {})
                for name, problem in found.items()
            },
        }
        status = HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK
        return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")

    return readyz


async def _problem(check: Check) -> str:
    """What is wrong, empty where nothing is. A check that hangs is let go: its clean-up may hang as well."""
    work = asyncio.ensure_future(check())
    try:
        await asyncio.wait({work}, timeout=CHECK_SECONDS)
    finally:
        if not work.done():
            work.cancel()
            work.add_done_callback(_forget)
    if not work.done():
        return f"no answer within {CHECK_SECONDS:g} s"
    error = work.exception()
    if error is None:
        return ""
    if isinstance(error, TocsinError):
        return str(error)
    # Its text may hold anything, a secret too: only its kind is told.
    log.error("readiness check broke", exc_info=error)
    return type(error).__name__


def _forget(work: asyncio.Future[None]) -> None:
    if not work.cancelled():
        work.exception()


def _metrics(registry: CollectorRegistry) -> Handler:
    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    return metrics
