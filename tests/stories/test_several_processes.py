"""The product as several processes: web, two consumers and delivery, each with its own part of the work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.harness.fixtures import Running, running_product
from tests.stories.test_acts import test_buttons
from tests.stories.test_playbooks import test_an_approved_step_is_done

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

__all__ = ["test_an_approved_step_is_done", "test_buttons"]

ROLES = ("serve", "consume", "consume", "deliver")
ROUNDS = 12
SERVICES = ("storefront", "checkout", "payments", "payments-db", "cart")


@pytest.fixture(scope="module")
def running(postgres_server: PostgresServer, real_kafka: ApacheKafka) -> Iterator[Running]:
    # Of all products of the stories coverage follows this one, which has every role.
    with running_product(
        postgres_server, real_kafka, roles=ROLES, page_when_slack_fails="60s", followed=True
    ) as started:
        yield started


async def test_two_consumers_never_open_two_incidents_for_one_fault(story: Story) -> None:
    """The services' alerts lie in different partitions, and so with different consumers."""
    faults = [f"{story.environment}-{number:02d}" for number in range(ROUNDS)]
    for fault in faults:
        story.environment = fault
        alerts = [story.make_alert(service=service) for service in SERVICES]
        await asyncio.gather(*(story.send(alert) for alert in alerts))

    async def counted() -> dict[str, int]:
        answer = await story.request("GET", "/api/v1/incidents", params={"limit": "200"})
        items = [one for one in answer.json["items"] if one["environment"] in faults]
        alerts = sum(len(one["alerts"]) for one in items)
        return {one["id"]: len(one["alerts"]) for one in items} if alerts == ROUNDS * len(SERVICES) else {}

    incidents = await story.until(counted, "every alert has its incident", within=30)
    assert list(incidents.values()) == [len(SERVICES)] * ROUNDS
    consumed = await story.metric("tocsin_consumed_records_total", component="alerts")
    by_role = [count for role, count in zip(ROLES, consumed, strict=True) if role == "consume"]
    assert min(by_role) > 0, "one consumer has done all the work, so that nothing was shown"
