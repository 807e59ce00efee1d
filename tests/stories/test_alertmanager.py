"""A real Alertmanager fires and resolves against the product."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.harness import bodies
from tests.harness.product import WEBHOOK_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.story import Json, Story
    from tests.support.alertmanager import Alertmanager


async def tell(story: Story, alertmanager: Alertmanager, *alerts: Json) -> None:
    async with story.session.post(f"{alertmanager.url}/api/v2/alerts", json=alerts) as answer:
        assert answer.status == 200, await answer.text()


async def test_it_fires_and_resolves(story: Story, start_alertmanager: Callable[..., Alertmanager]) -> None:
    webhook = f"{story.product.url}/api/v1/webhooks/alertmanager"
    alertmanager = start_alertmanager(webhook, WEBHOOK_TOKEN, group_by="environment")
    alert: Json = {
        "labels": {"alertname": "HighErrorRate", "service": "payments", "environment": story.environment},
        "annotations": {"summary": "payments answers with errors"},
        "startsAt": (bodies.now() - timedelta(minutes=1)).isoformat(),
    }
    await tell(story, alertmanager, alert)
    channel = await story.expect_channel("payments")
    await channel.expect("payments answers with errors", "1 firing of 1")
    await tell(story, alertmanager, alert | {"endsAt": bodies.now().isoformat()})
    await channel.expect("0 firing of 1", "MONITORING")
    name = (await story.incident())["id"]
    await story.expect_state(name, "monitoring")
