"""Fills the bench's topic, in a process of its own: what it needs does not count as the consumer's memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer

from bot.cli.bench import flow
from bot.ingest.records import encode_alert

if TYPE_CHECKING:
    from collections.abc import Mapping


def fill(client: Mapping[str, Any], topic: str, alerts: int) -> None:
    """Produce the flow's alerts and wait until the broker has them all."""
    asyncio.run(_fill(client, topic, alerts))


async def _fill(client: Mapping[str, Any], topic: str, alerts: int) -> None:
    producer = AIOKafkaProducer(
        **client, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=20
    )
    await producer.start()
    try:
        for event in flow.alerts(alerts):
            record = encode_alert(event)
            await producer.send(topic, record.value, key=record.key.encode(), headers=list(record.headers))
        await producer.flush()
    finally:
        await producer.stop()
