"""A server on loopback that plays the world outside of a playbook step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class World:
    """`answers` by path; what was asked is kept."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def says(self, path: str, body: str | bytes = "", status: int = 200, **headers: str) -> str:
        """Answer there with this; gives the address."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=content, status=status, headers=named)

        self.answers[path] = answer
        return f"{self.base}{path}"

    def drops(self, path: str) -> str:
        """Take the request and close the connection without an answer."""

        async def answer(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        self.answers[path] = answer
        return f"{self.base}{path}"

    def hangs(self, path: str) -> str:
        """Take the request and never answer."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            return web.Response()

        self.answers[path] = answer
        return f"{self.base}{path}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember, and answer as told."""
        self.asked.append(
            {
                "method": request.method,
                "path": request.path,
                "query": dict(request.query),
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": await request.text(),
            }
        )
        answer = self.answers.get(request.path)
        return await answer(request) if answer else web.Response(status=404)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A world for one test."""
    given = World()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", given.handle)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0.1)
    given.base = str(server.make_url("")).rstrip("/")
    try:
        yield given
    finally:
        await server.close()
