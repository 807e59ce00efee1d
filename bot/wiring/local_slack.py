"""The local Slack as a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.localslack.server import start
from bot.wiring.process import stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.localslack.settings import LocalSlackSettings


async def serve_local_slack(settings: LocalSlackSettings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is told the page's address.

    Raises:
        OSError: the port is taken.
    """
    with stop_signal() as stop:
        slack = await start(settings)
        announce(slack.url)
        try:
            await stop.wait()
        finally:
            await slack.stop()
