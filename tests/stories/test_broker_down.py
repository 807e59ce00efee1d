"""Kafka is away: senders are told to come again, and what they send afterwards is dealt with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import bodies
from tests.harness.fixtures import Running, running_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import KafkaBroker
    from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.unmeasured  # the several processes are measured


@pytest.fixture
def running(postgres_server: PostgresServer, own_kafka: KafkaBroker) -> Iterator[Running]:
    with running_product(postgres_server, own_kafka, page_when_slack_fails="60s") as started:
        yield started


async def test_503_within_five_seconds_and_back_again(story: Story, own_kafka: KafkaBroker) -> None:
    own_kafka.kill()
    alert = story.make_alert(service="payments")
    began = time.monotonic()
    refused = await story.post_webhook(bodies.webhook([alert]))
    assert time.monotonic() - began < 5
    assert refused.status == 503
    assert refused.headers["Retry-After"]
    ready = await story.request("GET", "/readyz")
    assert ready.status == 503
    assert "kafka" in ready.json["failing"]

    own_kafka.start()

    async def taken() -> bool:
        return (await story.post_webhook(bodies.webhook([alert]))).status == 202

    await story.until(taken, "the webhook takes alerts again", within=60)
    channel = await story.expect_channel("payments", within=60)
    await channel.expect_card()
    assert len((await story.incident())["alerts"]) == 1
