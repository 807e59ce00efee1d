from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web as aiohttp_web

from tests.web.fakes import deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web


async def test_slack_is_handed_on_as_it_came(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    async def handler(request: aiohttp_web.Request) -> aiohttp_web.Response:
        return aiohttp_web.Response(body=await request.read(), headers={"X-Seen": "1"})

    web = await serve(deps(slack=handler))
    answer = await web.client.post("/slack/events", data=b"payload=1")
    assert (await answer.read(), answer.headers["X-Seen"]) == (b"payload=1", "1")


async def test_a_redirect_of_the_handler_stays_one(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    async def handler(_request: aiohttp_web.Request) -> aiohttp_web.Response:
        raise aiohttp_web.HTTPFound("/elsewhere")

    web = await serve(deps(slack=handler))
    answer = await web.client.post("/slack/events", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/elsewhere")


async def test_without_slack_it_is_not_there(web: Web) -> None:
    assert (await web.client.post("/slack/events", data=b"")).status == 404
