"""Work that is done again and again until it is asked to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


AFTER_A_FAILURE_S: Final = 5.0
log: Final = structlog.get_logger(__name__)


async def in_turns(
    turn: Callable[[], Awaitable[float]], stop: asyncio.Event, *, after_failure_s: float = AFTER_A_FAILURE_S
) -> None:
    """Take turns until `stop` is set; each says after how many seconds the next one follows.

    A failure that nobody foresaw is told and costs its turn, never the process and what else it does.

    Raises:
        SchemaError: the database is one that this version must not work with.
    """
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            try:
                pause = await turn()
            except SchemaError:
                raise
            except Exception:
                log.exception("a turn failed unforeseen", turn=getattr(turn, "__qualname__", str(turn)))
                pause = after_failure_s
            if pause:
                await asyncio.wait({stopping}, timeout=pause)
    finally:
        stopping.cancel()
