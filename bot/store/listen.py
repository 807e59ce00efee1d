"""News of work by LISTEN/NOTIFY, on a connection of its own that is made again whenever it is lost."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.domain.errors import StoreUnavailableError
from bot.store.dsn import plain_dsn
from bot.store.engine import open_connection, translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.engine import Bounds

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_PROBE_EVERY: Final = 15.0

log = structlog.get_logger(__name__)


class Notices:
    """The `Wake` port: remembers news that come between two waits. No `kinds`: all are of interest."""

    def __init__(self, kinds: frozenset[str] = frozenset()) -> None:
        self._kinds = kinds
        self._news = asyncio.Event()

    async def wait(self, at_most: float) -> None:
        """Return when there may be work, or after `at_most` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._news.wait()
        self._news.clear()

    def tell(self, *told: Any) -> None:
        """There may be work; the last of `told` names its kinds, and nothing means any."""
        kinds = str(told[-1]).split() if told else []
        if not kinds or not self._kinds or not self._kinds.isdisjoint(kinds):
            self._news.set()


@contextlib.asynccontextmanager
async def listening(
    url: str, channel: str, bounds: Bounds, application: str, kinds: frozenset[str] = frozenset()
) -> AsyncIterator[Notices]:
    """Listen while the block runs; a database that is away is waited for in the background."""
    notices = Notices(kinds)
    keeper = asyncio.create_task(_keep_listening(plain_dsn(url), channel, bounds, application, notices))
    try:
        yield notices
    finally:
        keeper.cancel()
        await asyncio.wait({keeper})


async def _keep_listening(dsn: str, channel: str, bounds: Bounds, application: str, notices: Notices) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            with translated():
                await _listen(dsn, channel, bounds, application, notices)
            pause = _FIRST_PAUSE
        except StoreUnavailableError as error:
            log.warning("listening for work was interrupted", channel=channel, reason=error.detail)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _listen(dsn: str, channel: str, bounds: Bounds, application: str, notices: Notices) -> None:
    connection = await open_connection(dsn, bounds, application)
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(channel, notices.tell)
        # What was told while nobody listened is not told again.
        notices.tell()
        while not connection.is_closed():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PROBE_EVERY):
                    await lost.wait()
            if not lost.is_set():
                # A peer that vanished without a word is noticed only when it is spoken to.
                await connection.execute("SELECT 1", timeout=bounds.connect)
    finally:
        connection.terminate()
