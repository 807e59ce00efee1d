"""Where `bench latency` runs: on the database and brokers that are given, else on embedded ones."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiokafka.admin import AIOKafkaAdminClient

from bot.cli.bench.parts import own_database
from bot.kafka.admin import KafkaTopicAdmin
from bot.kafka.security import KafkaSettings, client_options
from bot.kafka.topics import TopicSpec, required_topics
from bot.wiring.embedded.kafka import EmbeddedKafka
from bot.wiring.embedded.postgres import launch_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PARTITIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`yardstick_topic` is one topic more, shaped like ours."""

    database_url: str
    bootstrap: str
    topic_prefix: str
    yardstick_topic: str


@contextlib.asynccontextmanager
async def surroundings(database_url: str, bootstrap: str) -> AsyncIterator[Surroundings]:
    """A database and topics of the bench's own."""
    prefix = f"tocsin-bench-{uuid.uuid4().hex[:12]}."
    yardstick = f"{prefix}yardstick"
    specs = [*required_topics(prefix, PARTITIONS, 1), TopicSpec(yardstick, PARTITIONS, 1)]
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-bench-")))
        if not database_url:
            server = launch_postgres(folder)
            stack.push_async_callback(server.stop)
            await server.ready()
            database_url = server.url
        if bootstrap:
            await stack.enter_async_context(_topics(bootstrap, specs))
        else:
            kafka = EmbeddedKafka()
            stack.callback(kafka.stop)
            bootstrap = kafka.bootstrap
            for spec in specs:
                kafka.create_topic(spec.name, spec.partitions)
        database = await stack.enter_async_context(own_database(database_url))
        yield Surroundings(database, bootstrap, prefix, yardstick)


@contextlib.asynccontextmanager
async def _topics(bootstrap: str, specs: list[TopicSpec]) -> AsyncIterator[None]:
    settings = KafkaSettings(bootstrap)
    await KafkaTopicAdmin(settings).create(specs)
    try:
        yield
    finally:
        admin = AIOKafkaAdminClient(**client_options(settings))
        await admin.start()
        try:
            await admin.delete_topics([spec.name for spec in specs])
        finally:
            await admin.close()
