"""What people asked for is done after the acknowledgement, once, and what comes of it is told to them.

Doing and telling are two things: what was done stays done where the person cannot be told of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.app.ports import NO_TRACES, Message
from bot.domain.errors import TocsinError
from bot.slack.apologies import apology
from bot.slack.blocks import fallback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from bot.app.ports import Tracer
    from bot.slack.deps import FirstTime
    from bot.slack.metrics import SlackMetrics

    Work = Callable[[], Coroutine[None, None, Message | None]]
    """Does what was asked for, and gives what the person is told of it: nothing where that is to be seen."""
    Tell = Callable[[Message], Awaitable[None]]
    """Tells the person; raises a TocsinError where that is not possible."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Interaction:
    """What a person asked for: `work` does it, `tell` says what came of it."""

    kind: str
    key: str
    work: Work
    tell: Tell


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

    def begin(self, kind: str, key: str, work: Work, tell: Tell) -> None:
        """Start `work`, unless a delivery with this key was there before; `tell` says what came of it.

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
            outcome, answer = await self._outcome(asked)
            span.tell({"tocsin.outcome": outcome})
            if answer is not None:
                await _tell(asked, answer)
        self._metrics.interactions.labels(asked.kind, outcome).inc()

    async def _outcome(self, asked: _Interaction) -> tuple[str, Message | None]:
        try:
            if not await self._first_time(asked.key):
                return "duplicate", None
            return "ok", await asked.work()
        except TocsinError as error:
            log.info("interaction refused", kind=asked.kind, error=str(error))
            return "refused", _bad_news(error)
        except Exception as error:  # a recorded outcome: logged, counted, and told to the person
            log.exception("interaction failed", kind=asked.kind)
            return "failed", _bad_news(error)


def _bad_news(error: Exception) -> Message:
    return Message(fallback(apology(error)))


async def _tell(asked: _Interaction, answer: Message) -> None:
    try:
        await asked.tell(answer)
    except TocsinError as unheard:
        log.warning("the person could not be told", kind=asked.kind, error=str(unheard))
