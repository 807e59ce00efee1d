"""`tocsin dlq` on the broker of this session."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bot.ingest.records import ALERTS_TOPIC
from bot.kafka.topics import dead_letter_topic, group_name, topic_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from tests.support.kafka import Broker

    Tocsin = Callable[..., Result]

KEY = b"\xff\x00cart"
TOLD = {"dlq-partition": "2", "dlq-offset": "7", "dlq-error-class": "InvalidInputError", "dlq-attempts": "1"}


async def _filled(broker: Broker, prefix: str) -> str:
    topic = topic_name(prefix, ALERTS_TOPIC)
    letters = dead_letter_topic(topic, group_name(prefix, "alerts"))
    await broker.create_topics({topic: 1, letters: 1})
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        for number in range(3):
            told = {**TOLD, "dlq-topic": topic, "dlq-error": f"reason {number}"}
            headers = [("ce_id", b"1"), *((name, text.encode()) for name, text in told.items())]
            await producer.send_and_wait(letters, f"value {number}".encode(), KEY, headers=headers)
    return topic


async def _records(broker: Broker, topic: str, count: int) -> list[Any]:
    async with (
        asyncio.timeout(10),
        AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest") as consumer,
    ):
        return [await consumer.getone() for _ in range(count)]


def test_list_show_and_replay(tocsin: Tocsin, kafka_broker: Broker, topic_prefix: str) -> None:
    topic = asyncio.run(_filled(kafka_broker, topic_prefix))
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_broker.bootstrap,
        "TOCSIN_KAFKA_TOPIC_PREFIX": topic_prefix,
    }
    listed = json.loads(tocsin("dlq", "list", "-o", "json", **environment).stdout)
    assert [(one["id"], one["error"]) for one in listed] == [
        (f"alerts/0/{number}", f"reason {number}") for number in range(3)
    ]
    assert (listed[0]["topic"], listed[0]["offset"], listed[0]["key"]) == (topic, "7", "\ufffd\x00cart")
    newest = tocsin("dlq", "list", "--component", "alerts", "--newest", "1", **environment)
    assert newest.stdout.split()[0] == "alerts/0/2"
    assert newest.stderr == "1 dead letter\n"

    shown = json.loads(tocsin("dlq", "show", "alerts/0/1", **environment).stdout)
    assert (shown["value"], shown["headers"], shown["error"]) == ("value 1", {"ce_id": "1"}, "reason 1")
    for unknown in ("alerts/0/9", "alerts/1/0", "nonsense", "changes/0/0"):
        missing = tocsin("dlq", "show", unknown, **environment)
        assert missing.exit_code == 1
        assert unknown in missing.stderr

    one = tocsin("dlq", "replay", "alerts/0/1", **environment)
    assert one.stdout == "replayed 1 dead letter\n"
    every = tocsin("dlq", "replay", "--all", **environment)
    assert every.stdout == "replayed 3 dead letters\n"
    records = asyncio.run(_records(kafka_broker, topic, 4))
    assert [record.value for record in records] == [b"value 1", b"value 0", b"value 1", b"value 2"]
    assert all(record.key == KEY and record.headers == (("ce_id", b"1"),) for record in records)


def test_no_broker(tocsin: Tocsin) -> None:
    assert tocsin("dlq", "list").exit_code == 78
    result = tocsin("dlq", "list", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert result.exit_code == 1
    assert "Kafka did not acknowledge in time" in result.stderr
