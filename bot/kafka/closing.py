"""Ends an aiokafka producer whatever its state, and tells its leaks from what is meant for us.

aiokafka has no public way to do this, so this is the one place that looks into its private parts.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from aiokafka.errors import KafkaError, ProducerClosed

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

DISCARD_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)


async def discard(producer: AIOKafkaProducer) -> None:
    """Close a producer: what it still holds is given up."""
    # `stop` waits until everything is sent, which may be never; so the sender ends first and what is left
    # fails. The other way round, the sender stumbles over batches that it puts back for another attempt.
    sender = producer._sender.sender_task  # noqa: SLF001 -- see above
    if sender is not None:
        sender.cancel()
        await asyncio.wait({sender}, timeout=DISCARD_SECONDS)
    _give_up(producer)
    for close in (producer.stop, producer.client.close):
        try:
            async with asyncio.timeout(DISCARD_SECONDS):
                await close()
        except asyncio.CancelledError:
            raise_if_asked()
        except (TimeoutError, KafkaError, OSError) as error:
            log.debug("kafka producer did not close cleanly", error=str(error))


def _give_up(producer: AIOKafkaProducer) -> None:
    held = producer._message_accumulator  # noqa: SLF001 -- see above
    queued = [batch for batches in held._batches.values() for batch in batches]  # noqa: SLF001 -- see above
    batches = [*queued, *held._pending_batches]  # noqa: SLF001 -- see above
    held.fail_all(ProducerClosed())
    for batch in batches:
        if batch.future.done() and not batch.future.cancelled():
            batch.future.exception()  # looked at, so that asyncio does not complain that nobody did


def verdict(producer: AIOKafkaProducer) -> Exception | None:
    """Why this producer refuses everything, if it does."""
    refusal: Exception | None = producer._message_accumulator._exception  # noqa: SLF001 -- see above
    return refusal


def raise_if_asked() -> None:
    """Inside `except CancelledError`: go on with it only if it was meant for us.

    aiokafka leaks the cancellation of its own tasks to whoever awaits their results.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise  # noqa: PLE0704 -- called from an except block only
