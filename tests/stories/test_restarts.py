"""The product ends, in order or not, and begins again: nothing is lost, and nothing happens twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.fixtures import Running, running_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.unmeasured  # the several processes are measured


@pytest.fixture(scope="module")
def running(postgres_server: PostgresServer, real_kafka: ApacheKafka) -> Iterator[Running]:
    with running_product(postgres_server, real_kafka, page_when_slack_fails="60s") as started:
        yield started


async def test_a_story_goes_on_after_a_restart(story: Story) -> None:
    await story.change("payments", minutes_ago=4, version="v42")
    alert = await story.alert(service="payments", playbook="first-look")
    channel = await story.expect_channel("payments")
    await channel.expect("waits for your approval")
    card = await channel.expect_card()
    story.product.restart()
    await story.ends(alert)
    after = await channel.expect("MONITORING")
    assert after.ts == card.ts
    await channel.click("Approve", as_="ada")
    await channel.expect("Rollback of payments succeeded")
    assert len(story.outside.rollbacks(story.environment)) == 1
    assert len(await story.channels()) == 1


async def test_what_was_accepted_survives_a_crash(story: Story) -> None:
    for service in ("payments", "search", "billing"):
        await story.alert(service=service)  # answered with 202: Kafka has it
    story.product.kill()
    story.product.start_processes()
    for service in ("payments", "search", "billing"):
        channel = await story.expect_channel(service, within=45)  # a lease of the dead may have to run out
        await channel.expect_card(within=45)
    assert len(await story.incidents()) == 3
    assert len(await story.channels()) == 3
    for channel in await story.channels():
        posts = [message.words for message in await channel.posts()]
        assert len([words for words in posts if "Why it opened" in words]) == 1
