"""The yardstick of `bench latency`: the same hops without decisions, in a process of its own.

HTTP POST -> Kafka (acknowledged) -> consumer -> one insert in PostgreSQL -> HTTP call to the local Slack.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import asyncpg
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bot.kafka.security import client_options
from bot.wiring.kafka import kafka_settings
from bot.wiring.process import stop_signal
from bot.wiring.serving import serving

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from bot.settings import Settings

TABLE: Final = "CREATE TABLE yardstick (id bigserial PRIMARY KEY, value bytea NOT NULL)"
_INSERT: Final = "INSERT INTO yardstick (value) SELECT unnest($1::bytea[])"


def hop(settings: Settings, topic: str, listener: socket.socket) -> None:
    """Serve until SIGTERM; `?new=NAME` of a POST is the channel that is asked for in the end."""
    asyncio.run(_hop(settings, topic, listener))


async def _hop(settings: Settings, topic: str, listener: socket.socket) -> None:
    client = client_options(kafka_settings(settings))
    with stop_signal() as stop:
        async with _hopping(client, settings, topic) as app, serving(app, listener):
            await stop.wait()


@contextlib.asynccontextmanager
async def _hopping(client: dict[str, Any], settings: Settings, topic: str) -> AsyncIterator[web.Application]:
    async with contextlib.AsyncExitStack() as stack:
        producer = AIOKafkaProducer(**client, acks="all", enable_idempotence=True, compression_type="lz4")
        await producer.start()
        stack.push_async_callback(producer.stop)
        consumer = AIOKafkaConsumer(
            topic,
            **client,
            group_id=f"{topic}.hops",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        database = await asyncpg.connect(settings.database_url.get_secret_value())
        stack.push_async_callback(database.close)
        headers = {"Authorization": f"Bearer {settings.slack_bot_token.get_secret_value()}"}
        slack = await stack.enter_async_context(aiohttp.ClientSession(settings.slack_api, headers=headers))
        consuming = asyncio.create_task(_consume(consumer, database, slack))
        stack.callback(consuming.cancel)

        async def take(request: web.Request) -> web.Response:
            key = request.query.get("new", "").encode()
            await producer.send_and_wait(topic, await request.read(), key=key or None)
            return web.Response(status=202)

        async def ready(_request: web.Request) -> web.Response:
            return web.Response(status=503 if consuming.done() or not consumer.assignment() else 200)

        app = web.Application()
        app.router.add_post("/", take)
        app.router.add_get("/readyz", ready)
        yield app


async def _consume(
    consumer: AIOKafkaConsumer, database: asyncpg.Connection[Any], slack: aiohttp.ClientSession
) -> None:
    async with asyncio.TaskGroup() as calls:
        while True:
            by_partition = await consumer.getmany(timeout_ms=500)
            records = [record for part in by_partition.values() for record in part]
            if not records:
                continue
            await database.execute(_INSERT, [record.value for record in records])
            for record in records:
                if record.key:
                    calls.create_task(_call(slack, record.key.decode()))
            await consumer.commit({part: rows[-1].offset + 1 for part, rows in by_partition.items()})


async def _call(slack: aiohttp.ClientSession, name: str) -> None:
    async with slack.post("conversations.create", data={"name": name}) as response:
        await response.read()
