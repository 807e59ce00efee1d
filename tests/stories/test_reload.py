"""The configuration changes under a running product: it is taken without a restart, or refused and told."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.harness.fixtures import Running, running_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import Broker
    from tests.support.postgres import PostgresServer

FAILURES = "tocsin_config_reload_failures_total"
NEWER = "  - name: newer\n    match: ['service=\"billing\"']\n    playbooks: []\n  - name: plain\n"


@pytest.fixture(scope="module")
def running(postgres_server: PostgresServer, kafka_broker: Broker) -> Iterator[Running]:
    with running_product(postgres_server, kafka_broker) as started:
        yield started


async def test_a_new_rule_counts_and_a_wrong_one_does_not(story: Story) -> None:
    await story.alert(service="payments")
    owners = await story.expect_channel("payments")
    settings, rules = (story.product.configuration / name for name in ("tocsin.yaml", "rules/shop.yaml"))
    before = rules.read_text()
    settings.write_text(f"{settings.read_text()}owners: [{owners.id}]\n")
    rules.write_text(before.replace("  - name: plain\n", NEWER))
    for process in story.product.processes:
        os.kill(process.pid, signal.SIGHUP)

    async def newer() -> bool:
        answer = await story.request("GET", "/api/v1/rules")
        return "newer" in [rule["name"] for rule in answer.json["items"]]

    await story.until(newer, "the new rule is in force")
    await story.alert(service="billing")
    card = await (await story.expect_channel("billing")).expect_card()
    assert "Rule newer opens an incident" in card.words

    rules.write_text(before.replace("min_events: 3", "min_evnts: 3"))

    async def refused() -> bool:
        return sum(await story.metric(FAILURES)) >= 1

    await story.until(refused, "the wrong rules are refused")
    await owners.expect("could not load its changed configuration", "min_evnts: there is no such field")
    assert await newer()  # the last good set goes on
    rules.write_text(before)

    async def mended() -> bool:
        return not await newer()

    await story.until(mended, "the mended rules are in force")
