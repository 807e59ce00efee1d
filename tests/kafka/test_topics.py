from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import BrokerUnavailableError, ConfigurationError
from bot.kafka.admin import KafkaTopicAdmin
from bot.kafka.security import KafkaSettings
from bot.kafka.topics import TopicShape, TopicSpec, ensure_topics, required_topics
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tests.support.kafka import ApacheKafka


class MemoryAdmin:
    def __init__(self, there: dict[str, TopicShape]) -> None:
        self.there = there

    async def describe(self, names: Collection[str]) -> dict[str, TopicShape]:
        return {name: shape for name, shape in self.there.items() if name in names}

    async def create(self, specs: Sequence[TopicSpec]) -> None:
        self.there |= {spec.name: TopicShape(spec.partitions, spec.replication) for spec in specs}


def test_an_installation_needs_its_topics_and_dead_letters() -> None:
    assert [spec.name for spec in required_topics("acme.", 6, 3)] == [
        "acme.tocsin.alerts.v1",
        "acme.tocsin.changes.v1",
        "acme.tocsin.incidents.v1",
        "acme.tocsin.alerts.v1.acme.tocsin.alerts.dlq",
        "acme.tocsin.changes.v1.acme.tocsin.changes.dlq",
    ]


async def test_what_is_missing_is_created_and_the_rest_compared() -> None:
    admin = MemoryAdmin({"a": TopicShape(6, 1), "b": TopicShape(1, 1)})
    reports = await ensure_topics(admin, [TopicSpec(name, 6, 1) for name in "abc"])
    assert [report.verdict.value for report in reports] == ["present", "different", "created"]
    assert "partitions 1, wanted 6" in reports[1].text
    assert set(admin.there) == {"a", "b", "c"}
    again = await ensure_topics(admin, [TopicSpec("c", 6, 1)])
    assert [report.verdict.value for report in again] == ["present"]


async def test_on_a_real_broker(real_kafka: ApacheKafka, topic_prefix: str) -> None:
    admin = KafkaTopicAdmin(KafkaSettings(real_kafka.bootstrap))
    specs = required_topics(topic_prefix, 3, 1)
    assert {report.verdict.value for report in await ensure_topics(admin, specs)} == {"created"}
    assert {report.verdict.value for report in await ensure_topics(admin, specs)} == {"present"}
    await admin.create(specs)  # as if another process had been faster
    wider = required_topics(topic_prefix, 4, 1)
    found = {report.name: report.verdict.value for report in await ensure_topics(admin, wider)}
    assert found[f"{topic_prefix}tocsin.alerts.v1"] == "different"


async def test_a_shape_that_the_broker_refuses(real_kafka: ApacheKafka, topic_prefix: str) -> None:
    admin = KafkaTopicAdmin(KafkaSettings(real_kafka.bootstrap))
    with pytest.raises(ConfigurationError, match="cannot be created"):
        await ensure_topics(admin, [TopicSpec(f"{topic_prefix}x", 1, 3)])


async def test_without_a_broker() -> None:
    admin = KafkaTopicAdmin(KafkaSettings(f"127.0.0.1:{free_port()}"), within=2)
    with pytest.raises(BrokerUnavailableError):
        await admin.describe(["a"])
