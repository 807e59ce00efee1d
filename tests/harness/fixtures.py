"""The fixtures of stories; a folder's conftest imports those that it wants."""

from __future__ import annotations

import contextlib
import re
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import aiohttp
import pytest

from bot.kafka.topics import required_topics
from tests.harness.background import Background
from tests.harness.installation import write_installation
from tests.harness.kafka_hand import KafkaHand
from tests.harness.method_reference import MethodReference
from tests.harness.outside import Outside
from tests.harness.product import Product
from tests.harness.story import Story
from tests.harness.workspace import Hand, LocalSlack
from tests.support import parts
from tests.support.kafka import MemoryBroker
from tests.support.shared import shared_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from tests.support.kafka import Broker
    from tests.support.postgres import PostgresServer

__all__ = ["method_reference", "running", "story"]

PARTITIONS: Final = 4
NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Running:
    """A product at work, with the workspace and the world around it."""

    product: Product
    slack: LocalSlack
    outside: Outside
    kafka: KafkaHand
    database: str


@contextlib.contextmanager
def running_product(
    postgres: PostgresServer,
    broker: Broker,
    *,
    roles: tuple[str, ...] = ("all",),
    socket_mode: bool = False,
    page_when_slack_fails: str = "4s",
    more: Mapping[str, str] = NOTHING_MORE,
    followed: bool = False,
) -> Iterator[Running]:
    """The product at work on an empty database, with a workspace and a world of its own.

    `more` are variables of its environment; coverage looks away from it unless it is `followed`.
    """
    with contextlib.ExitStack() as stack:
        background = stack.enter_context(Background())
        slack = stack.enter_context(contextlib.closing(LocalSlack(background)))
        outside = stack.enter_context(contextlib.closing(Outside(background)))
        outside.start()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-story-")))
        write_installation(folder / "config", outside.url, page_when_slack_fails=page_when_slack_fails)
        database = postgres.create_database()
        stack.callback(postgres.drop_database, database)
        kafka = KafkaHand(broker.bootstrap, prefix=f"t{uuid.uuid4().hex[:12]}.")
        if isinstance(broker, MemoryBroker):  # it takes no orders from Kafka's admin client
            topics = required_topics(kafka.prefix, PARTITIONS, replication=1)
            background.run(broker.create_topics({topic.name: topic.partitions for topic in topics}))
        environment = {
            "DATABASE_URL": database,
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            "TOCSIN_KAFKA_TOPIC_PREFIX": kafka.prefix,
            "TOCSIN_KAFKA_PARTITIONS": str(PARTITIONS),
            "TOCSIN_PAGER_URL": f"{outside.url}/page",
            "TOCSIN_PAGER_SECRET": outside.secret,
            **more,
        }
        product = Product(folder, slack, environment, roles, socket_mode=socket_mode, followed=followed)
        stack.callback(product.kill)
        product.start()
        yield Running(product, slack, outside, kafka, database)
        product.stop()
        assert product.leaked_secrets() == []
        assert product.unexpected() == []


@contextlib.asynccontextmanager
async def telling(running: Running, name: str, reference: MethodReference | None) -> AsyncIterator[Story]:
    """A story on a running product; at its end every Web API call that it caused is judged."""
    # Only letters, digits and hyphens: a channel's name shows it unchanged.
    words = re.sub(r"[^a-z0-9]+", "-", name.removeprefix("test_").lower()).strip("-")
    environment = f"{words[:24].rstrip('-')}-{uuid.uuid4().hex[:4]}"
    # A connection for each request: the product's processes come and go under a story.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        hand = Hand.on(running.slack, session)
        await hand.heal()
        since = max((call["seq"] for call in await hand.calls()), default=0)
        try:
            yield Story(environment, running.product, hand, running.outside, session)
        finally:
            await hand.heal()
        calls = await hand.calls(since=since)
    if reference is not None:
        assert reference.problems(calls) == []


@pytest.fixture(scope="session")
def method_reference() -> MethodReference | None:
    """Slack's reference of its methods; None where it is not beside the checkout and need not be."""
    folder = shared_folder()
    if folder is not None:
        parts.used("shared", "recorded payloads beside the checkout")
        return MethodReference(folder / "slack-api" / "methods")
    if "shared" in parts.required():
        parts.missing("shared", "no folder ../shared beside the checkout")
    return None


@pytest.fixture(scope="package")
def running(postgres_server: PostgresServer, kafka_broker: Broker) -> Iterator[Running]:
    """The product that the stories of a folder share which do not break it: `tocsin all`, started once."""
    with running_product(postgres_server, kafka_broker) as started:
        yield started


@pytest.fixture
async def story(
    running: Running, request: pytest.FixtureRequest, method_reference: MethodReference | None
) -> AsyncIterator[Story]:
    """A story on the shared product."""
    async with telling(running, request.node.name, method_reference) as told:
        yield told
