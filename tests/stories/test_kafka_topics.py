"""Others write to our topics without the web, and read from Kafka what happened to incidents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.ingest.records import ALERTS_TOPIC, CHANGES_TOPIC, INCIDENTS_TOPIC
from bot.kafka.topics import dead_letter_topic, group_name, topic_name
from tests.harness import bodies

if TYPE_CHECKING:
    from tests.harness.fixtures import Running
    from tests.harness.story import Json, Story


def bare_alert(story: Story, service: str) -> bytes:
    alert = story.make_alert(service=service)
    body: Json = {
        "source": "grafana",
        "status": "firing",
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": alert.starts_at.isoformat(),
    }
    return json.dumps(body).encode()


async def test_bare_json_in_the_topics(story: Story, running: Running) -> None:
    change = bodies.change(f"{story.environment}-c", "payments", "deploy", story.environment, 4, summary="X1")
    await running.kafka.produce(CHANGES_TOPIC, json.dumps(change).encode(), key="payments")
    await running.kafka.produce(ALERTS_TOPIC, bare_alert(story, "payments"), key="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("Suspect changes", "X1")


async def test_a_structured_cloud_event_without_a_key(story: Story, running: Running) -> None:
    event = {
        "specversion": "1.0",
        "id": "ce-1",
        "source": "grafana",
        "type": "dev.tocsin.alert.v1",
        "datacontenttype": "application/json",
        "data": json.loads(bare_alert(story, "cart")),
    }
    headers = [("content-type", b"application/cloudevents+json")]
    await running.kafka.produce(ALERTS_TOPIC, json.dumps(event).encode(), headers=headers)
    await story.expect_channel("cart")


async def test_what_cannot_be_read_is_a_dead_letter(story: Story, running: Running) -> None:
    poison = f'{{"labels": "none", "story": "{story.environment}"}}'.encode()
    await running.kafka.produce(ALERTS_TOPIC, poison, key="payments")
    await running.kafka.produce(ALERTS_TOPIC, bare_alert(story, "payments"), key="payments")
    await story.expect_channel("payments")
    prefix = running.kafka.prefix
    letters = dead_letter_topic(topic_name(prefix, ALERTS_TOPIC), group_name(prefix, "alerts"))
    found = await running.kafka.read(letters.removeprefix(prefix))
    (letter,) = [one for one in found if one.value == poison]
    told = " ".join(f"{name}={value}" for name, value in letter.headers.items())
    for what in (topic_name(prefix, ALERTS_TOPIC), "partition", "offset", "labels"):
        assert what in told, told


async def test_what_happens_is_published_in_order(story: Story, running: Running) -> None:
    alert = await story.alert(service="payments")
    await story.expect_channel("payments")
    name = (await story.incident())["id"]
    await story.act(name, "acknowledge")
    await story.ends(alert)
    await story.expect_state(name, "monitoring")
    await story.act(name, "resolve")
    await story.expect_postmortem(name)

    async def published() -> list[Json]:
        records = await running.kafka.read(INCIDENTS_TOPIC)
        told = [one for one in records if name in one.value.decode()]
        assert all(one.headers["ce_type"] == "dev.tocsin.incident.v1" for one in told)
        assert len({one.key for one in told}) <= 1
        return [one.json for one in told] if len(told) >= 4 else []

    events = await story.until(published, "four events of the incident")
    assert [one["event"] for one in events] == ["opened", "acknowledged", "monitoring", "resolved"]
    sequence = [one["sequence"] for one in events]
    assert sequence == sorted(set(sequence))
