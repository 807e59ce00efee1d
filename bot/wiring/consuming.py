"""The consuming role: a supervised loop for alerts and one for changes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import StoreUnavailableError
from bot.kafka.security import client_options
from bot.kafka.topics import group_name, topic_name
from bot.wiring.kafka import kafka_settings
from consumers.alerts import alerts
from consumers.changes import changes
from consumers.garbage import collect_rarely
from consumers.loop import ConsumerLoop, LoopSettings
from consumers.metrics import ConsumerMetrics
from consumers.supervisor import GroupSettings, Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.wiring.parts import Parts
    from consumers.component import Component, Record

OUTBOX_BOUND: Final = 20_000
_EMBEDDED_GROUP: Final = GroupSettings(session_s=6.0, request_s=12.0, fetch_s=0.05)
"""The embedded broker holds a fetch to its end, even where something comes meanwhile."""
_EMBEDDED_LOOP: Final = LoopSettings(gather_s=0.005)
"""Without gathering, the embedded broker's one batch a fetch makes 150 alerts a second of single posts."""


def supervisors(
    parts: Parts, *, embedded: bool = False, committed: Callable[[Record], None] | None = None
) -> list[Supervisor[Any]]:
    """A supervised consumer for each topic; `committed` is told of every record that is done with."""
    collect_rarely()
    metrics = ConsumerMetrics(parts.registry)
    prefix = parts.settings.topic_prefix

    async def outbox_has_room() -> bool:
        async with parts.store.singly() as uow:
            return await uow.outbox.waiting() < OUTBOX_BOUND

    def supervised(component: Component[Any]) -> Supervisor[Any]:
        loop = ConsumerLoop(
            component,
            group_name(prefix, component.name),
            parts.publisher,
            metrics,
            outbox_has_room,
            _EMBEDDED_LOOP if embedded else LoopSettings(),
            committed=committed,
            tracer=parts.tracer,
        )
        return Supervisor(
            loop,
            topic_name(prefix, component.topic),
            client_options(kafka_settings(parts.settings)),
            _EMBEDDED_GROUP if embedded else GroupSettings(),
        )

    return [
        supervised(alerts(parts.alert_intake, parts.labels, metrics, parts.tracer)),
        supervised(changes(parts.change_intake, parts.labels)),
    ]


@contextlib.asynccontextmanager
async def warming(parts: Parts) -> AsyncIterator[None]:
    """Warm the connections for alerts, beside everything else; of a database that is away others tell."""

    async def warm() -> None:
        with contextlib.suppress(StoreUnavailableError):
            await parts.warm()

    task = asyncio.create_task(warm())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
