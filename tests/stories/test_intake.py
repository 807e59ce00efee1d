"""What senders send: the good is taken, the bad is kept with its reason, nobody gets in without a token."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import asyncpg

from tests.harness import bodies
from tests.harness.product import WEBHOOK_TOKEN

if TYPE_CHECKING:
    from tests.harness.fixtures import Running
    from tests.harness.story import Story


async def test_the_good_alerts_of_a_bad_body_count(story: Story, running: Running) -> None:
    body = bodies.webhook([story.make_alert(service="payments"), story.make_alert(service="cart")])
    body["alerts"][1]["startsAt"] = "yesterday"
    body["alerts"].append({"status": "firing", "story": story.environment})
    answer = await story.post_webhook(body)
    assert answer.status == 202
    assert answer.json["accepted"] == 1
    assert [bad["path"] for bad in answer.json["rejected"]] == ["alerts[1].startsAt", "alerts[2].labels"]
    await story.expect_channel("payments")
    assert (await story.incident())["services"] == ["payments"]
    database = await asyncpg.connect(running.database)
    like = f"%{story.environment}%"
    kept = await database.fetch(
        "SELECT path, reason FROM quarantine WHERE encode(body, 'escape') LIKE $1", like
    )
    await database.close()
    assert sorted(row["path"] for row in kept) == ["alerts[1].startsAt", "alerts[2].labels"]
    assert all(row["reason"] for row in kept)
    metrics = await story.request("GET", "/metrics")
    assert 'tocsin_webhook_events_total{outcome="rejected",source="alertmanager"}' in metrics.text


async def test_a_body_that_cannot_be_read_names_its_fault(story: Story) -> None:
    for body, path in ((b"{", ""), (b'{"version": "3"}', "version"), (b'{"version": "4"}', "alerts")):
        answer = await story.post_webhook(body)
        assert answer.status == 400
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json["errors"][0]["path"] == path


async def test_without_a_token_nobody_gets_in(story: Story) -> None:
    body = bodies.webhook([story.make_alert()])
    assert (await story.post_webhook(body, token="wrong")).status == 401
    assert (await story.request("GET", "/api/v1/incidents", token=WEBHOOK_TOKEN)).status == 401
    change = bodies.change("c1", "payments", "deploy", story.environment, 1)
    assert (await story.request("POST", "/api/v1/events", json=change, token="wrong")).status == 401
    assert await story.incidents() == []


async def test_a_body_beyond_16_mib_is_refused(story: Story) -> None:
    alert = story.make_alert(summary="x" * 17 * 2**20)
    body = io.BytesIO(json.dumps(bodies.webhook([alert])).encode())
    answer = await story.request("POST", "/api/v1/webhooks/alertmanager", data=body, token=WEBHOOK_TOKEN)
    assert answer.status == 413
    assert "tocsin_http_bodies_too_large_total 1.0" in (await story.request("GET", "/metrics")).text


async def test_a_change_in_every_form(story: Story) -> None:
    def body(name: str) -> dict[str, str]:
        return bodies.change(f"{story.environment}-{name}", "payments", "deploy", story.environment, 3)

    structured = {
        "specversion": "1.0",
        "id": "ce-1",
        "source": "ci",
        "type": "dev.tocsin.change.v1",
        "data": body("structured"),
    }
    binary = {"ce-specversion": "1.0", "ce-id": "ce-2", "ce-source": "ci", "ce-type": "dev.tocsin.change.v1"}
    sent = [
        (body("bare"), {"Content-Type": "application/json"}),
        (structured, {"Content-Type": "application/cloudevents+json"}),
        (body("binary"), {"Content-Type": "application/json", **binary}),
    ]
    for content, headers in sent:
        data = json.dumps(content).encode()
        answer = await story.request(
            "POST", "/api/v1/events", data=data, headers=headers, token=WEBHOOK_TOKEN
        )
        assert answer.status == 202, answer
    await story.alert(service="payments")
    name = (await story.incident())["id"]
    incident = await story.expect_incident(name, lambda one: len(one["suspects"]) == 3, "three suspects")
    forms = {suspect["change_id"].rpartition("-")[2] for suspect in incident["suspects"]}
    assert forms == {"bare", "structured", "binary"}
