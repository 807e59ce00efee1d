"""Fills the bench's topics, in a process of its own: what that needs is not the consumer's memory."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer

from bot.cli.bench import flow
from bot.ingest.records import encode_alert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def fill(client: Mapping[str, Any], parts: Sequence[tuple[str, int]], services: int) -> None:
    """Produce the flow's alerts, so many to each topic in turn, and wait until the broker has them all."""
    asyncio.run(_fill(client, parts, services))


async def _fill(client: Mapping[str, Any], parts: Sequence[tuple[str, int]], services: int) -> None:
    producer = AIOKafkaProducer(
        **client, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=20
    )
    await producer.start()
    try:
        events = flow.alerts(sum(count for _, count in parts), services=services)
        for topic, count in parts:
            for event in islice(events, count):
                record = encode_alert(event)
                await producer.send(
                    topic, record.value, key=record.key.encode(), headers=list(record.headers)
                )
        await producer.flush()
    finally:
        await producer.stop()
