"""Calls into aiokafka with an end: it can wait for ever, and it leaks cancellations of its own tasks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from aiokafka.errors import KafkaError

from bot.domain.errors import BrokerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


async def bounded(call: Awaitable[T], seconds: float, what: str) -> T:
    """Await a call of aiokafka.

    Raises:
        BrokerUnavailableError: it failed, did not end within so many seconds, or was cancelled from inside.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BrokerUnavailableError(f"{what}: cancelled by the client library") from error
    except TimeoutError as error:
        raise BrokerUnavailableError(f"{what}: no answer within {seconds:g} s") from error
    except (KafkaError, OSError) as error:
        raise BrokerUnavailableError(f"{what}: {type(error).__name__}: {error}") from error
