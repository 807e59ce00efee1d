"""The embedded Kafka, and that it refuses before it would lose anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from hypothesis import given
from hypothesis import strategies as st

from bot.app.ports import OutRecord
from bot.domain.errors import BrokerUnavailableError, ConfigurationError
from bot.ingest.records import ALERTS_TOPIC
from bot.kafka.admin import KafkaTopicAdmin
from bot.kafka.history import TimesNotFoundError, kept_between
from bot.kafka.security import KafkaSettings
from bot.kafka.topics import TopicSpec
from bot.wiring.embedded import kafka
from bot.wiring.embedded.kafka import BOUND_BYTES, BoundedPublisher, EmbeddedKafka

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Inner:
    """A publisher that keeps everything, or fails when told to."""

    def __init__(self) -> None:
        self.records: list[OutRecord] = []
        self.fails = False

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        if self.fails:
            raise BrokerUnavailableError("no answer")
        self.records += records

    async def check(self) -> None:
        if self.fails:
            raise BrokerUnavailableError("no answer")


@pytest.fixture
def embedded() -> Iterator[EmbeddedKafka]:
    cluster = EmbeddedKafka()
    yield cluster
    cluster.stop()


def test_it_may_be_stopped_twice() -> None:
    cluster = EmbeddedKafka()
    cluster.stop()
    cluster.stop()


async def test_a_replay_of_it_is_refused_and_not_empty(embedded: EmbeddedKafka) -> None:
    embedded.create_topic(ALERTS_TOPIC, 2)
    settings, since = KafkaSettings(embedded.bootstrap), datetime(2026, 11, 21, tzinfo=UTC)
    until = since + timedelta(days=1)
    assert await kept_between(settings, "", since, until) == ()
    async with AIOKafkaProducer(bootstrap_servers=embedded.bootstrap) as producer:
        await producer.send_and_wait(ALERTS_TOPIC, b"v", partition=1)
    with pytest.raises(TimesNotFoundError, match="replay from the database, or from a file"):
        await kept_between(settings, "", since, until)


async def test_without_a_controller_topics_are_not_created_and_that_is_said(embedded: EmbeddedKafka) -> None:
    admin = KafkaTopicAdmin(KafkaSettings(embedded.bootstrap))
    with pytest.raises(BrokerUnavailableError, match="no controller"):
        await admin.create([TopicSpec("t", 1, 1)])


async def test_it_speaks_kafka(embedded: EmbeddedKafka) -> None:
    for _ in range(2):
        embedded.create_topic("t", 3)
    async with AIOKafkaProducer(bootstrap_servers=embedded.bootstrap) as producer:
        for partition in range(3):
            await producer.send_and_wait("t", b"v", partition=partition)
    async with AIOKafkaConsumer(
        "t", bootstrap_servers=embedded.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        seen = {(await consumer.getone()).partition for _ in range(3)}
    assert seen == {0, 1, 2}


def test_a_topic_that_it_refuses(embedded: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        @staticmethod
        def rd_kafka_mock_topic_create(*_arguments: object) -> int:
            return 17  # invalid topic

    with monkeypatch.context() as patch:
        patch.setattr(embedded, "_library", Refusing)
        with pytest.raises(ConfigurationError, match=r"refuses topic t \(error 17\)"):
            embedded.create_topic("t", 1)


async def test_what_nobody_has_consumed_is_bounded_and_nothing_is_lost(embedded: EmbeddedKafka) -> None:
    """More would be taken by the broker, which then drops the oldest without a word."""
    embedded.create_topic("t", 1)
    bounded = BoundedPublisher(_Sending(embedded.bootstrap), ["t"])
    sent = 0
    refusal = ""
    while not refusal:
        try:
            await bounded.publish([OutRecord("t", "k", bytes(100_000))], 5.0)
            sent += 1
        except BrokerUnavailableError as error:
            refusal = str(error)
    assert f"its bound is {BOUND_BYTES}" in refusal
    assert sent > 30
    async with AIOKafkaConsumer(
        "t", bootstrap_servers=embedded.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        offsets = [(await consumer.getone()).offset for _ in range(sent)]
    assert offsets == list(range(sent))
    bounded.consumed("t", 1, 100_000, ())
    await bounded.publish([OutRecord("t", "k", bytes(100_000))], 5.0)


class _Sending:
    """Publishes through a producer of its own each time, which is enough for a test."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._bootstrap) as producer:
            for record in records:
                await producer.send_and_wait(record.topic, record.value, record.key_bytes)

    async def check(self) -> None:
        pass


async def test_a_batch_is_refused_as_a_whole() -> None:
    inner = Inner()
    bounded = BoundedPublisher(inner, ["a", "b"], bound=1_000)
    await bounded.publish([OutRecord("a", "", bytes(500))], 1.0)
    with pytest.raises(BrokerUnavailableError):
        await bounded.publish([OutRecord("b", "", bytes(10)), OutRecord("a", "", bytes(500))], 1.0)
    assert len(inner.records) == 1
    await bounded.publish([OutRecord("b", "", bytes(800))], 1.0)  # nothing of the refused batch was counted


async def test_topics_that_are_not_consumed_here_have_no_bound() -> None:
    inner = Inner()
    bounded = BoundedPublisher(inner, ["a"], bound=10)
    await bounded.publish([OutRecord("other", "", bytes(1_000))], 1.0)
    bounded.consumed("other", 1, 1, ())
    bounded.consumed("a", 1, 1, [("a header of others", None)])
    assert len(inner.records) == 1


async def test_what_may_have_been_kept_counts() -> None:
    inner = Inner()
    bounded = BoundedPublisher(inner, ["a"], bound=1_000)
    inner.fails = True
    for publish in (bounded.publish([OutRecord("a", "", bytes(850))], 1.0), bounded.check()):
        with pytest.raises(BrokerUnavailableError, match="no answer"):
            await publish
    inner.fails = False
    await bounded.check()
    with pytest.raises(BrokerUnavailableError, match="its bound"):
        await bounded.publish([OutRecord("a", "", bytes(850))], 1.0)


RECORDS = st.builds(
    OutRecord,
    st.just("a"),
    st.text(st.characters(codec="ascii"), max_size=9),
    st.binary(max_size=400),
    st.lists(st.tuples(st.text(st.characters(codec="ascii"), max_size=5), st.binary(max_size=9))).map(tuple),
)


@given(st.lists(RECORDS))
async def test_it_never_holds_more_than_its_bound(records: list[OutRecord]) -> None:
    inner = Inner()
    bounded = BoundedPublisher(inner, ["a"], bound=1_000)
    for record in records:
        try:
            await bounded.publish([record], 1.0)
        except BrokerUnavailableError:
            for kept in inner.records:
                bounded.consumed("a", len(kept.key), len(kept.value), kept.headers)
            inner.records.clear()
        assert sum(len(one.key) + len(one.value) for one in inner.records) <= 1_000


def test_without_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kafka, "find_spec", lambda _name: None)
    with pytest.raises(
        ConfigurationError, match=r"install tocsin\[embedded\], or set KAFKA_BOOTSTRAP_SERVERS"
    ):
        EmbeddedKafka()

    class Spec:
        origin = str(tmp_path / "confluent_kafka" / "__init__.py")

    monkeypatch.setattr(kafka, "find_spec", lambda _name: Spec)
    with pytest.raises(ConfigurationError, match="brings no librdkafka"):
        EmbeddedKafka()
