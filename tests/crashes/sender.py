"""Those outside: a sender that produces the faults' records on time, and a person who resolves incidents."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaProducer

from bot.app.ports import IncidentFilter, Person
from bot.domain.errors import RetryableError
from bot.ingest.records import ALERTS_TOPIC, encode_alert
from bot.wiring.parts import assembled
from tests.crashes.faults import Course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.incidents import IncidentDesk
    from bot.config.folder import Configuration
    from bot.settings import Settings
    from tests.crashes.faults import Fault, Sending

ANNA: Final = Person("U-anna", "anna", "api")
RESOLVED_WITHIN_S: Final = 90.0


async def live(settings: Settings, configuration: Configuration, faults: Sequence[Fault]) -> None:
    """Send everything at its time, and resolve what is to be resolved.

    Raises:
        TimeoutError: an incident that is to be resolved does not come.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(send(settings, faults))
        group.create_task(resolve(settings, configuration, faults))


async def send(settings: Settings, faults: Sequence[Fault]) -> None:
    """Produce each record at its time; the broker may go away meanwhile."""
    sendings = sorted((one for fault in faults for one in fault.sendings), key=lambda one: one.at)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap_servers, enable_idempotence=True, max_batch_size=1 << 20
    )
    await producer.start()
    try:
        began = time.monotonic()
        acknowledgements = []
        for one in sendings:
            await asyncio.sleep(max(0.0, began + one.at - time.monotonic()))
            acknowledgements.append(await _produce(producer, settings.topic_prefix, one))
        await asyncio.gather(*acknowledgements)
    finally:
        await producer.stop()


async def _produce(producer: AIOKafkaProducer, prefix: str, one: Sending) -> asyncio.Future[object]:
    encoded = encode_alert(one.event)
    future: asyncio.Future[object] = await producer.send(
        f"{prefix}{ALERTS_TOPIC}",
        encoded.value,
        key=encoded.key.encode(),
        headers=list(encoded.headers),
        partition=one.partition,
    )
    return future


async def resolve(settings: Settings, configuration: Configuration, faults: Sequence[Fault]) -> None:
    """Resolve the incidents of the faults that a person ends, as soon as all of their alerts are known."""
    waiting = [fault for fault in faults if fault.course is Course.IS_RESOLVED]
    last = max((one.at for fault in waiting for one in fault.sendings), default=0.0)
    async with assembled(settings, configuration) as parts, asyncio.timeout(last + RESOLVED_WITHIN_S):
        while waiting:
            for fault in list(waiting):
                try:
                    if await _resolved(parts.incidents, fault):
                        waiting.remove(fault)
                except RetryableError:
                    break
            await asyncio.sleep(0.5)


async def _resolved(desk: IncidentDesk, fault: Fault) -> bool:
    found, _ = await desk.list_incidents(IncidentFilter(service=fault.services[0]))
    if not found or found[0].incident.alerts < fault.alerts:
        return False
    await desk.resolve(found[0].incident.id, ANNA)
    return True
