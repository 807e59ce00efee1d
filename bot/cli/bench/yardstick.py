"""The raw limit: the same records consumed, decoded with msgspec and upserted with `unnest`, nothing else."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    import asyncpg
    from aiokafka import AIOKafkaConsumer

_TABLE: Final = """
    CREATE TABLE yardstick (
        source text, fingerprint text, starts_at timestamptz, status text NOT NULL, ends_at timestamptz,
        received_at timestamptz NOT NULL, labels json NOT NULL, annotations json NOT NULL,
        generator_url text NOT NULL,
        PRIMARY KEY (source, fingerprint, starts_at)
    )
"""
_UPSERT: Final = """
    INSERT INTO yardstick SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[],
        $5::timestamptz[], $6::timestamptz[], $7::text[]::json[], $8::text[]::json[], $9::text[])
    ON CONFLICT (source, fingerprint, starts_at) DO UPDATE SET
        status = excluded.status, ends_at = excluded.ends_at, received_at = excluded.received_at
"""


class _Alert(msgspec.Struct):
    source: str
    fingerprint: str
    status: str
    starts_at: datetime
    received_at: datetime
    labels: msgspec.Raw
    annotations: msgspec.Raw
    generator_url: str
    ends_at: datetime | None = None


class Yardstick:
    """Consumes one topic after another into a table of its own."""

    def __init__(self, connection: asyncpg.Connection[Any], batch: int) -> None:
        self._connection = connection
        self._batch = batch
        self._decode = msgspec.json.Decoder(_Alert).decode

    async def prepare(self) -> None:
        """Make the table."""
        await self._connection.execute(_TABLE)

    async def seconds_for(self, consumer: AIOKafkaConsumer, count: int) -> float:
        """Consume until so many records are committed; gives the time it took."""
        began = time.monotonic()
        while count > 0:
            by_partition = await consumer.getmany(timeout_ms=1000, max_records=self._batch)
            latest: dict[tuple[str, str, datetime], _Alert] = {}
            for record in (record for part in by_partition.values() for record in part):
                alert = self._decode(record.value)
                latest[alert.source, alert.fingerprint, alert.starts_at] = alert
                count -= 1
            if latest:
                await self._upsert([latest[key] for key in sorted(latest)])
                await consumer.commit({part: rows[-1].offset + 1 for part, rows in by_partition.items()})
        return time.monotonic() - began

    async def _upsert(self, rows: list[_Alert]) -> None:
        await self._connection.execute(
            _UPSERT,
            [row.source for row in rows],
            [row.fingerprint for row in rows],
            [row.starts_at for row in rows],
            [row.status for row in rows],
            [row.ends_at for row in rows],
            [row.received_at for row in rows],
            [bytes(row.labels).decode() for row in rows],
            [bytes(row.annotations).decode() for row in rows],
            [row.generator_url for row in rows],
        )
