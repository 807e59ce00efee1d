"""Calls into aiokafka with an end: it waits for ever, swallows cancellations, leaks its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.domain.errors import BrokerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
_LET_GO_S: Final = 1.0


async def bounded(call: Coroutine[Any, Any, T], seconds: float, what: str) -> T:
    """Await a call of aiokafka in a task of its own, so that its cancellations and ours cannot be mixed up.

    Raises:
        BrokerUnavailableError: it failed, whatever with, did not end within so many seconds, or was cancelled
            from inside.
    """
    task = asyncio.ensure_future(call)
    task.add_done_callback(_looked_at)
    try:
        await asyncio.wait({task}, timeout=seconds)
        in_time = task.done()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_LET_GO_S)
    if not in_time:
        raise BrokerUnavailableError(f"{what}: no answer within {seconds:g} s")
    if task.cancelled():
        raise BrokerUnavailableError(f"{what}: cancelled by the client library")
    if (error := task.exception()) is not None:
        raise BrokerUnavailableError(f"{what}: {type(error).__name__}: {error}") from error
    return task.result()


def _looked_at(task: asyncio.Task[Any]) -> None:
    """What fails after we gave up on it is nobody's news."""
    if not task.cancelled():
        task.exception()
