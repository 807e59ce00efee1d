"""A database, a topic and groups of the bench's own, gone when it ends."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bot.store.dsn import plain_dsn
from bot.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@contextlib.asynccontextmanager
async def own_database(url: str) -> AsyncIterator[str]:
    """The DSN of a new database with our schema beside the one of `url`; dropped afterwards."""
    name = f"tocsin_bench_{uuid.uuid4().hex[:12]}"
    server = await asyncpg.connect(plain_dsn(url))
    try:
        await server.execute(f'CREATE DATABASE "{name}"')
        try:
            own = urlunsplit(urlsplit(plain_dsn(url))._replace(path=f"/{name}"))
            await migrate(own)
            yield own
        finally:
            await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def own_topics(client: Mapping[str, Any], count: int, partitions: int) -> AsyncIterator[list[str]]:
    """The names of so many new topics; deleted afterwards."""
    names = [f"tocsin-bench-{uuid.uuid4().hex[:12]}" for _ in range(count)]
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
        try:
            yield names
        finally:
            await admin.delete_topics(names)
    finally:
        await admin.close()


@contextlib.asynccontextmanager
async def consuming(client: Mapping[str, Any], topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of the topic from its beginning, set up as our consumers are."""
    consumer = AIOKafkaConsumer(
        topic, **client, group_id=f"{topic}.{group}", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
