"""The Bolt application with all listeners, and its handler for `/slack/events`."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.listeners import buttons, command, declare_window, events, silence_window
from bot.slack.webapi import make_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.request.async_request import AsyncBoltRequest

    from bot.settings import Settings
    from bot.slack.listeners.desk import Desk

log = structlog.get_logger(__name__)
_NOT_SLACKS = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What Bolt raises of a body that is no UTF-8, in no charset, no JSON, or JSON of another shape."""
_LONGEST_TIMESTAMP = 12


def create_bolt_app(settings: Settings, desk: Desk) -> AsyncApp:
    """Assemble it. Without SLACK_SIGNING_SECRET no HTTP request is ever accepted; Socket Mode needs none."""
    client = make_client(settings.slack_bot_token, settings.slack_api)
    bot_token = client.token
    client.token = None  # each request gets it from `authorize`

    async def authorize(**context: Any) -> AuthorizeResult:
        """No call to `auth.test`: a click counts even while Slack's API is away."""
        return AuthorizeResult(
            enterprise_id=context.get("enterprise_id"), team_id=context.get("team_id"), bot_token=bot_token
        )

    app = AsyncApp(
        name="tocsin",
        client=client,
        logger=_bolt_logger(),
        signing_secret=settings.slack_signing_secret.get_secret_value() or secrets.token_hex(32),
        authorize=authorize,
    )
    app.error(_unexpected)
    for listener in (command, buttons, declare_window, silence_window, events):
        listener.register(app, desk)
    return app


def http_handler(app: AsyncApp) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler for `POST /slack/events`: commands, interactivity and events, their signatures verified."""

    async def handle(request: web.Request) -> web.Response:
        if not _may_be_signed(request):
            return web.Response(status=401, text="the signature is not Slack's")
        try:
            bolt_request = await to_bolt_request(request)
        except _NOT_SLACKS:
            # Bolt reads the body before it verifies who sent it.
            return web.Response(status=400, text="the body is not one that Slack sends")
        return await to_aiohttp_response(await app.async_dispatch(bolt_request))

    return handle


def _may_be_signed(request: web.Request) -> bool:
    """Whether Bolt can compare time and signature at all: it takes them for a number and for ASCII."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "0")
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP
    return is_number and request.headers.get("X-Slack-Signature", "").isascii()


async def _unexpected(error: Exception, request: AsyncBoltRequest) -> None:
    """The last net, for what fails before the work is handed to the intake; Bolt answers 500 then."""
    log.error("listener failed", mode=request.mode, exc_info=error)


def _bolt_logger() -> logging.Logger:
    """Bolt's logger. Never below INFO: at DEBUG it writes whole payloads, with their response addresses."""
    logger = logging.getLogger("slack_bolt.tocsin")
    logger.setLevel(max(logging.INFO, logging.getLogger("slack_bolt").level))
    return logger
