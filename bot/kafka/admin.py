"""`TopicAdmin` on aiokafka's admin client: one short connection for each question, every call bounded."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from bot.domain.errors import BrokerUnavailableError, ConfigurationError
from bot.kafka.security import KafkaSettings, client_options
from bot.kafka.topics import TopicShape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from bot.kafka.topics import TopicSpec

WITHIN_SECONDS: Final = 15.0
_REQUEST_MS: Final = 10_000


class KafkaTopicAdmin:
    """Topics of a real broker."""

    def __init__(self, settings: KafkaSettings, within: float = WITHIN_SECONDS) -> None:
        self._options = client_options(settings)
        self._within = within

    async def describe(self, names: Collection[str]) -> dict[str, TopicShape]:
        """See `TopicAdmin`."""
        async with self._client() as client:
            # Asking about a topic that is not there makes a lenient broker create it.
            there = sorted(set(names) & set(await client.list_topics()))
            described = await client.describe_topics(there) if there else []
        return {topic["topic"]: _shape(topic) for topic in described}

    async def create(self, specs: Sequence[TopicSpec]) -> None:
        """See `TopicAdmin`."""
        topics = [
            NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=dict(spec.settings))
            for spec in specs
        ]
        async with self._client() as client:
            try:
                answer = await client.create_topics(topics)
            except AttributeError as error:
                # The library asks the controller before it has looked whether there is one: amid an election
                # there is none, and the broker that `tocsin dev` embeds never has one.
                raise BrokerUnavailableError("the cluster has no controller that creates topics") from error
        for name, code, *rest in answer.topic_errors:
            if for_code(code) not in {NoError, TopicAlreadyExistsError}:
                why = next((part for part in rest if part), for_code(code).__name__)
                raise ConfigurationError(f"topic {name} cannot be created: {why}")

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Any]:
        client = AIOKafkaAdminClient(**self._options, request_timeout_ms=_REQUEST_MS)
        try:
            async with asyncio.timeout(self._within):
                await client.start()
                yield client
        except (TimeoutError, KafkaError, OSError) as error:
            why = str(error) or f"no answer within {self._within:g} s"
            raise BrokerUnavailableError(why) from error
        finally:
            await client.close()


def _shape(topic: dict[str, Any]) -> TopicShape:
    partitions = topic["partitions"]
    replicas = min((len(partition["replicas"]) for partition in partitions), default=0)
    return TopicShape(len(partitions), replicas)
