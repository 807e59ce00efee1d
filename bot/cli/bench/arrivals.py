"""A local Slack that remembers when the creation of each channel was asked for; its rate tiers are off."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.localslack.ids import random_id
from bot.localslack.listen import bind
from bot.localslack.server import assemble
from bot.localslack.settings import LocalSlackSettings
from bot.localslack.workspace import Workspace
from bot.wiring.serving import address_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_CREATE: Final = "/api/conversations.create"
_SAMPLE: Final = re.compile(rb"(?:ours|yardstick)\d+")


@dataclass(slots=True)
class Arrivals:
    """`at` holds, by sample, when its channel was first asked for (seconds of the monotonic clock)."""

    api_url: str = ""
    bot_token: str = ""
    signing_secret: str = ""
    at: dict[str, float] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def watched_slack() -> AsyncIterator[Arrivals]:
    """Serve it while the block runs."""
    settings = LocalSlackSettings(rate_limits=False)
    arrivals = Arrivals(bot_token=settings.app.bot_token, signing_secret=settings.app.signing_secret)

    @web.middleware
    async def watch(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path == _CREATE:
            at = time.monotonic()
            if found := _SAMPLE.search(await request.read()):
                arrivals.at.setdefault(found[0].decode(), at)
        return await handler(request)

    slack = assemble(Workspace(settings, time.time, random_id))
    slack.app.middlewares.append(watch)
    listener = bind(settings.host, 0)
    arrivals.api_url = f"{address_of(listener)}/api/"
    runner = web.AppRunner(slack.app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield arrivals
    finally:
        await runner.cleanup()
