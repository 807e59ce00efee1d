"""Kafka from the settings: how to reach it, and the topics that have to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.kafka.admin import KafkaTopicAdmin
from bot.kafka.security import KafkaSettings
from bot.kafka.topics import ensure_topics, required_topics

if TYPE_CHECKING:
    from bot.kafka.topics import TopicReport
    from bot.settings import Settings


def kafka_settings(settings: Settings) -> KafkaSettings:
    """How every client of this process reaches the brokers."""
    return KafkaSettings(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        sasl_username=settings.kafka_sasl_username,
        sasl_password=settings.kafka_sasl_password.get_secret_value(),
        ssl_cafile=settings.kafka_ssl_cafile,
        ssl_certfile=settings.kafka_ssl_certfile,
        ssl_keyfile=settings.kafka_ssl_keyfile,
    )


async def create_topics(settings: Settings) -> list[TopicReport]:
    """Create the topics that are missing, and report those that are not as asked."""
    specs = required_topics(settings.topic_prefix, settings.topic_partitions, settings.topic_replication)
    return await ensure_topics(KafkaTopicAdmin(kafka_settings(settings)), specs)
