"""Keeps an effect's lease alive while a handler works, and stops the handler when the lease is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from bot.delivery.attempt import LeaseLostError
from bot.domain.errors import RetryableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import timedelta

    from bot.app.ports import ClaimedEffect, Clock, Store

T = TypeVar("T")


async def under_lease(
    work: Coroutine[Any, Any, T],
    claimed: ClaimedEffect,
    *,
    store: Store,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]],
    lease: timedelta,
    limit: timedelta,
) -> T:
    """Do `work`, renewing the lease at each third of it.

    Raises:
        LeaseLostError: somebody else has the effect; the work was cancelled.
        TimeoutError: the work took longer than `limit`.
    """
    task = asyncio.ensure_future(work)
    keeper = asyncio.create_task(_keep(claimed, store=store, clock=clock, sleep=sleep, lease=lease))
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await asyncio.wait({task, keeper}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise LeaseLostError(claimed.effect.key)
            return await task
    finally:
        task.cancel()
        keeper.cancel()
        await asyncio.gather(task, keeper, return_exceptions=True)


async def _keep(
    claimed: ClaimedEffect,
    *,
    store: Store,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]],
    lease: timedelta,
) -> None:
    """Renew until the lease is lost, or until it must have run out because the store does not answer."""
    held_until = clock() + lease
    while True:
        await sleep(lease.total_seconds() / 3)
        try:
            renewed_at = clock()
            async with store.begin() as uow:
                held = await uow.outbox.renew(claimed, renewed_at, lease)
        except RetryableError:
            if clock() >= held_until:
                return
            continue
        if not held:
            return
        held_until = max(held_until, renewed_at + lease)
