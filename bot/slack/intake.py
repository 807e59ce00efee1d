"""What people asked for is done after the acknowledgement, once, and whatever goes wrong is told to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.app.ports import NO_TRACES
from bot.domain.errors import TocsinError
from bot.slack.apologies import apology
from bot.slack.blocks import fallback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from bot.app.ports import Tracer
    from bot.slack.deps import FirstTime
    from bot.slack.metrics import SlackMetrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Interaction:
    """What a person asked for: `work` does it, `tell` gives the person bad news."""

    kind: str
    key: str
    work: Callable[[], Coroutine[None, None, None]]
    tell: Callable[[str], Awaitable[None]]


class Intake:
    """Runs the work of listeners in tasks of its own.

    A listener that raises after its acknowledgement would lose it, and Slack would tell the person that the
    app failed; a task of ours cannot.
    """

    def __init__(self, first_time: FirstTime, metrics: SlackMetrics, tracer: Tracer = NO_TRACES) -> None:
        self._first_time = first_time
        self._metrics = metrics
        self._tracer = tracer
        self._running: set[asyncio.Task[None]] = set()

    def begin(
        self,
        kind: str,
        key: str,
        work: Callable[[], Coroutine[None, None, None]],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        """Start `work`, unless a delivery with this key was there before; `tell` gives the person bad news.

        `kind` is counted; `key` is the event's id, or the trigger's, or the view's with its hash.
        """
        task = asyncio.create_task(self._run(_Interaction(kind, key, work, tell)), name=f"slack {kind}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, within: float) -> None:
        """Wait for what was begun; after so many seconds give it up."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=within)
        for task in late:
            task.cancel()
        if late:
            log.warning("interactions given up at shutdown", count=len(late))
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, asked: _Interaction) -> None:
        with self._tracer.work(f"slack {asked.kind}", {"slack.interaction": asked.kind}) as span:
            outcome = await self._outcome(asked)
            span.tell({"tocsin.outcome": outcome})
        self._metrics.interactions.labels(asked.kind, outcome).inc()

    async def _outcome(self, asked: _Interaction) -> str:
        try:
            if not await self._first_time(asked.key):
                return "duplicate"
            await asked.work()
        except TocsinError as error:
            log.info("interaction refused", kind=asked.kind, error=str(error))
            await _tell(asked, error)
            return "refused"
        except Exception as error:  # a recorded outcome: logged, counted, and told to the person
            log.exception("interaction failed", kind=asked.kind)
            await _tell(asked, error)
            return "failed"
        return "ok"


async def _tell(asked: _Interaction, error: Exception) -> None:
    try:
        await asked.tell(fallback(apology(error)))
    except TocsinError as unheard:
        log.warning("the person could not be told", error=str(unheard))
