"""PostgreSQL crashes: senders notice nothing, people are told what is the matter, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.fixtures import Running, running_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import Broker
    from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.unmeasured  # the several processes are measured


@pytest.fixture
def running(own_postgres: PostgresServer, kafka_broker: Broker) -> Iterator[Running]:
    with running_product(own_postgres, kafka_broker, page_when_slack_fails="60s") as started:
        yield started


async def test_alerts_are_taken_while_it_is_away(story: Story, own_postgres: PostgresServer) -> None:
    await story.alert("Slow", service="payments")
    channel = await story.expect_channel("payments")
    card = await channel.expect("1 firing of 1")

    own_postgres.kill()
    await story.alert("Down", service="payments")  # answered with 202: Kafka has it
    listed = await story.request("GET", "/api/v1/incidents")
    assert listed.status == 503
    assert listed.headers["Content-Type"].startswith("application/problem+json")
    ready = await story.request("GET", "/readyz")
    assert ready.status == 503
    assert "database" in ready.json["failing"]
    told = await story.command("/incident status", as_="ada", channel=channel)
    assert "cannot reach its database" in told.words

    own_postgres.start()
    after = await channel.expect("2 firing of 2", within=45)
    assert after.ts == card.ts
    assert len(await story.channels()) == 1
    await story.until(lambda: _is_ready(story), "ready again")


async def _is_ready(story: Story) -> bool:
    return (await story.request("GET", "/readyz")).status == 200
