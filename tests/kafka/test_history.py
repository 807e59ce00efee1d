from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from bot.app.ports import OutRecord
from bot.domain.alert import AlertEvent
from bot.domain.errors import BrokerUnavailableError
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import ALERTS_TOPIC, CHANGES_TOPIC, encode_alert, encode_change
from bot.kafka import history
from bot.kafka.history import kept_between, read_topics
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import KafkaPublisher
from bot.kafka.security import KafkaSettings
from tests.support.facts import NOW, alert_event, change, later
from tests.support.ports import free_port
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.domain.change import Change
    from tests.support.kafka import ApacheKafka


FAR = datetime.now(UTC) + timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)


async def publish(settings: KafkaSettings, prefix: str, records: list[OutRecord]) -> None:
    publisher = KafkaPublisher(settings, prefix, ProducerMetrics(CollectorRegistry()))
    await publisher.start()
    await publisher.publish(records, within=30)
    await publisher.stop()


def record(fact: AlertEvent | Change) -> OutRecord:
    if isinstance(fact, AlertEvent):
        return OutRecord(ALERTS_TOPIC, *encode_alert(fact))
    return OutRecord(CHANGES_TOPIC, *encode_change(fact))


async def test_all_partitions_come_as_one_history(real_kafka: ApacheKafka, topic_prefix: str) -> None:
    names = {"alertname": "A"}
    events = [alert_event(f"f{one}", service=f"s{one % 7}", at=one, labels=names) for one in range(40)]
    changes = [change(f"c{one}", at=one, received_at=later(one)) for one in (0, 15, 90)]
    await real_kafka.create_topics({topic_prefix + ALERTS_TOPIC: 3, topic_prefix + CHANGES_TOPIC: 2})
    sent: list[AlertEvent | Change] = [*events, *changes]
    settings = KafkaSettings(real_kafka.bootstrap)
    bad = OutRecord(ALERTS_TOPIC, "s1", b"{}")
    await publish(settings, topic_prefix, [*map(record, sent), bad])
    ranges = await kept_between(settings, topic_prefix, NOW, FAR)
    assert sum(end - first for _, _, first, end in ranges) == 44
    pages = [page async for page in read_topics(settings, topic_prefix, ranges, LabelPolicy())]
    facts = [fact for page, _ in pages for fact in page]
    assert sum(read for _, read in pages) == 44
    assert sorted(one.received_at for one in facts) == [one.received_at for one in facts]
    assert {one.received_at for one in facts} == {one.received_at for one in sent}
    assert len(facts) == 43


async def test_what_came_before_or_after_is_left_out(real_kafka: ApacheKafka, topic_prefix: str) -> None:
    await real_kafka.create_topics({topic_prefix + ALERTS_TOPIC: 2, topic_prefix + CHANGES_TOPIC: 2})
    settings = KafkaSettings(real_kafka.bootstrap)
    await publish(settings, topic_prefix, [record(alert_event("first", service="a"))])
    between = datetime.now(UTC) + MILLISECOND  # to which the broker keeps times
    await eventually(lambda: datetime.now(UTC) > between + MILLISECOND)
    await publish(settings, topic_prefix, [record(alert_event("second", service="a"))])
    kept = partial(kept_between, settings, topic_prefix)
    first, second = await kept(NOW, between), await kept(between, FAR)
    assert [end - begin for _, _, begin, end in (*first, *second)] == [1, 1]
    assert first != second
    assert await kept(FAR - MILLISECOND, FAR) == ()


async def test_a_broker_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "WITHIN_S", 0.5)
    with pytest.raises(BrokerUnavailableError):
        await kept_between(KafkaSettings(f"127.0.0.1:{free_port()}"), "", NOW, FAR)
