"""A publisher that hands the active span on in every record's headers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app.ports import CallKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.app.ports import OutRecord, Publisher, Tracer
    from bot.app.ports.tracing import Attributes


class TracedPublisher:
    """The `Publisher` port over another one."""

    def __init__(self, inner: Publisher, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Publish, in a span of its own (see the port)."""
        topics = ", ".join(sorted({record.topic for record in records}))
        about: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.operation.name": "send",
            "messaging.destination.name": topics,
            "messaging.batch.message_count": len(records),
        }
        with self._tracer.call(f"send {topics}", about, CallKind.PRODUCER):
            carried = {
                name: value.encode("utf-8", "replace") for name, value in self._tracer.carried().items()
            }
            await self._inner.publish([_carrying(record, carried) for record in records], within)

    async def check(self) -> None:
        """Ask the broker (see the port)."""
        await self._inner.check()


def _carrying(record: OutRecord, carried: Mapping[str, bytes]) -> OutRecord:
    """The record with the headers; one that has some already (a dead letter's) stays with its own trace."""
    if not carried or any(name in carried for name, _ in record.headers):
        return record
    return replace(record, headers=(*record.headers, *carried.items()))
