"""`/slack/events`: Slack's requests, handed to the handler that the wiring gives."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from bot.web.bodies import receive
from bot.web.keys import DEPS
from bot.web.problems import ProblemError

routes = web.RouteTableDef()


@routes.post("/slack/events")
async def take_slack(request: web.Request) -> web.StreamResponse:
    """Events, commands and interactions; the handler checks Slack's signature."""
    handler = request.app[DEPS].slack
    if handler is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "Slack is not connected by HTTP here")
    await receive(request)
    return await handler(request)
