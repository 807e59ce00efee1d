"""A database, a topic and groups of the bench's own, gone when it ends."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from bot.domain.errors import BrokerUnavailableError
from bot.store.dsn import plain_dsn
from bot.store.engine import Bounds, open_connection, translated
from bot.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """What a bench says of servers that are not there, or are not what it needs.

    Raises:
        ConfigurationError, StoreUnavailableError: of the database.
        BrokerUnavailableError: of the broker.
    """
    try:
        with translated():
            yield
    except KafkaError as error:
        raise BrokerUnavailableError(f"{type(error).__name__} from --kafka") from error


@contextlib.asynccontextmanager
async def own_database(url: str) -> AsyncIterator[str]:
    """The DSN of a new database with our schema beside the one of `url`; dropped afterwards."""
    name = f"tocsin_bench_{uuid.uuid4().hex[:12]}"
    server = await open_connection(plain_dsn(url), Bounds(), "tocsin bench")
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
        try:
            await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
        except AttributeError as error:
            raise BrokerUnavailableError(
                "it names no controller, as the one that `tocsin dev` embeds; the bench needs a real Kafka"
            ) from error
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
