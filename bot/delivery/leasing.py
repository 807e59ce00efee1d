"""Keeps an effect's lease alive while a handler works, and stops the handler when the lease is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from bot.delivery.attempt import LeaseLostError
from bot.delivery.leased_chat import Lease, in_hand
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
    held = Lease(clock, lease, claimed.lease_until)
    with in_hand(held):
        task = asyncio.ensure_future(work)
    keeper = asyncio.create_task(_keep(held, claimed, store=store, clock=clock, sleep=sleep))
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
    held: Lease,
    claimed: ClaimedEffect,
    *,
    store: Store,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Renew until the lease is lost, or until it must have run out because the store does not answer."""
    lease = held.length
    while True:
        await sleep(lease.total_seconds() / 3)
        try:
            renewed_at = clock()
            async with store.begin() as uow:
                renewed = await uow.outbox.renew(claimed, renewed_at, lease)
        except RetryableError:
            if clock() >= held.held_until:
                return
            continue
        if not renewed:
            return
        held.held_until = max(held.held_until, renewed_at + lease)
