"""A process of the product that may be told to die.

It is assembled by the product's wiring; only the ports have fuses, leases and sessions are short, and there
is no health port.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.config.folder import require_configuration
from bot.delivery.backoff import Backoff
from bot.delivery.policy import DeliveryPolicy
from bot.settings import from_environment
from bot.wiring.consuming import supervisors
from bot.wiring.delivering import delivery
from bot.wiring.logs import configure_logs
from bot.wiring.parts import Overrides, assembled
from bot.wiring.process import first_of, stop_signal
from bot.wiring.roles import Died, running
from consumers.supervisor import GroupSettings
from tests.crashes.fuse import LEASE_S, Fuse, Orders
from tests.crashes.seams import fused_chat, fused_consumer, fused_store

if TYPE_CHECKING:
    from bot.wiring.parts import Parts

GROUP: Final = GroupSettings(session_s=3.0, request_s=9.0, longest_pause_s=1.0)
DELIVERY: Final = DeliveryPolicy(
    lease=timedelta(seconds=LEASE_S), poll=0.5, backoff=Backoff(first=0.2, longest=2.0)
)


def play(role: str, orders: str) -> None:
    """Consume or deliver until a signal, or the orders in this file, end the process."""
    asyncio.run(_main(role, Orders.read(Path(orders))))


async def _main(role: str, orders: Orders) -> None:
    settings = from_environment()
    configure_logs(settings)
    fuse = Fuse(orders)
    overrides = Overrides(store=fused_store(fuse, orders.without), chat=fused_chat(fuse, orders.without))
    died = Died()
    with stop_signal() as stop:
        async with contextlib.AsyncExitStack() as stack:
            configuration = require_configuration(settings.config)
            parts = await stack.enter_async_context(assembled(settings, configuration, overrides))
            await _play(role, parts, fuse, died, stack)
            await first_of(stop, died)
    if died.error is not None:
        raise died.error


async def _play(role: str, parts: Parts, fuse: Fuse, died: Died, stack: contextlib.AsyncExitStack) -> None:
    if role == "deliver":
        at_work = await stack.enter_async_context(delivery(parts, DELIVERY))
        await stack.enter_async_context(running("delivery", at_work.run, died))
        return
    for supervisor in supervisors(parts):
        supervisor.settings, supervisor.make = GROUP, fused_consumer(fuse)
        await stack.enter_async_context(running(supervisor.topic, supervisor.run, died))
