"""Background work with an orderly end: asked to stop, a role finishes what it has in hand."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.errors import PermanentError, TocsinError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

STOP_WITHIN_S: Final = 15.0
log: Final = structlog.get_logger(__name__)


class RoleEndedError(PermanentError):
    """A part of this process ended, and nobody had asked it to."""


class Died:
    """Set when a role ends that nobody has asked to end; the process then ends too, with its error."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.error: BaseException | None = None

    def report(self, task: asyncio.Task[None]) -> None:
        """A role's task has ended by itself."""
        error = None if task.cancelled() else task.exception()
        self.error = self.error or error or RoleEndedError(task.get_name())
        self._event.set()

    async def wait(self) -> None:
        """Return when a role has died."""
        await self._event.wait()


@contextlib.asynccontextmanager
async def running(
    name: str,
    run: Callable[[asyncio.Event], Awaitable[None]],
    died: Died,
    *,
    within: float = STOP_WITHIN_S,
) -> AsyncIterator[None]:
    """Run a role while the block runs; at its end ask it to stop, and give it so many seconds for that."""
    stop = asyncio.Event()

    async def work() -> None:
        await run(stop)

    task = asyncio.create_task(work(), name=name)

    def ended(done: asyncio.Task[None]) -> None:
        if not stop.is_set():
            died.report(done)

    task.add_done_callback(ended)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=within)
        if not task.done():
            log.warning("role did not stop in time", role=name, seconds=within)
            task.cancel()
            await asyncio.wait({task}, timeout=1)
        error = task.exception() if task.done() and not task.cancelled() else None
        # One of ours that ends the process is told by the process, in one line.
        if error is not None and not (error is died.error and isinstance(error, TocsinError)):
            log.error("role ended with an error", role=name, exc_info=error)
