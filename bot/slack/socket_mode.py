"""Socket Mode with a watch: a session counts only while it answers round trips, and a dead one is rebuilt."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.slack.webapi import make_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import ClientWebSocketResponse
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.socket_mode.aiohttp import SocketModeClient

    from bot.settings import Settings
    from bot.slack.metrics import SlackMetrics

log = structlog.get_logger(__name__)
CONNECT_WITHIN: Final = 20.0
ANSWER_WITHIN: Final = 10.0
CHECK_EVERY: Final = 15.0
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
_POLL: Final = 0.05


class SocketMode:
    """Keeps one session alive until it is stopped."""

    def __init__(
        self,
        app: AsyncApp,
        settings: Settings,
        metrics: SlackMetrics,
        *,
        check_every: float = CHECK_EVERY,
        answer_within: float = ANSWER_WITHIN,
        connect_within: float = CONNECT_WITHIN,
        pauses: tuple[float, ...] = PAUSES,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._check_every = check_every
        self._answer_within = answer_within
        self._connect_within = connect_within
        self._pauses = pauses
        self._wall = wall
        self._stopping = asyncio.Event()
        self.ready = False
        """Whether the latest round trip went well."""

    async def run(self) -> None:
        """Connect, watch, and connect again, until `stop`."""
        failures = 0
        while not self._stopping.is_set():
            lived = await self._one_session()
            if self._stopping.is_set():
                return
            failures = 0 if lived else failures + 1
            pause = self._pauses[min(failures, len(self._pauses) - 1)]
            log.warning("socket mode session lost, a new one follows", pause_seconds=pause)
            await self._stopped_within(pause)

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    async def _one_session(self) -> bool:
        """Open a session and watch it until it dies; whether it ever answered."""
        handler = self._handler()
        client: SocketModeClient = handler.client
        lived = False
        try:
            async with asyncio.timeout(self._connect_within):
                await handler.connect_async()  # type: ignore[no-untyped-call] # the library says no types here
            self._metrics.socket_sessions.inc()
            while await self._answers(client):
                lived = True
                self._be(ready=True)
                if await self._stopped_within(self._check_every):
                    break
        except (TimeoutError, OSError) as error:
            log.warning("socket mode does not connect", error=type(error).__name__)
        finally:
            self._be(ready=False)
            await self._close(handler)
        return lived

    def _handler(self) -> AsyncSocketModeHandler:
        web_client = make_client(self._settings.slack_app_token, self._settings.slack_api)
        handler = AsyncSocketModeHandler(
            self._app,
            self._settings.slack_app_token.get_secret_value(),
            logger=web_client.logger,
            web_client=web_client,
        )
        if web_client.proxy is None:
            handler.client.proxy = None
        handler.client.auto_reconnect_enabled = handler.client.default_auto_reconnect_enabled = False
        return handler

    async def _answers(self, client: SocketModeClient) -> bool:
        """Whether the session answers; Slack may ask the client to change to a new one in between."""
        session = client.current_session
        if await self._round_trip(client, session):
            return True
        changed = client.current_session
        return changed is not session and await self._round_trip(client, changed)

    async def _round_trip(self, client: SocketModeClient, session: ClientWebSocketResponse | None) -> bool:
        """Send a ping of our own and wait for its pong; the client notes the time that a pong carries."""
        if session is None or session.closed:
            return False
        sent = self._wall()
        try:
            await session.ping(f"sdk-ping-pong:{sent}".encode())
            async with asyncio.timeout(self._answer_within):
                while (client.last_ping_pong_time or 0.0) < sent:
                    if session.closed:
                        return False
                    await asyncio.sleep(_POLL)
        except (TimeoutError, OSError):
            return False
        return True

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    async def _close(self, handler: AsyncSocketModeHandler) -> None:
        try:
            async with asyncio.timeout(self._answer_within):
                await handler.close_async()  # type: ignore[no-untyped-call] # the library says no types here
        except (TimeoutError, OSError) as error:
            log.warning("socket mode session did not close", error=type(error).__name__)

    def _be(self, *, ready: bool) -> None:
        self.ready = ready
        self._metrics.socket_connected.set(ready)
