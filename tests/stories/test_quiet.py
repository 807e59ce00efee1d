"""Silences, maintenance, inhibition: no channel while they hold, and one when they end and it still fires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import bodies
from tests.harness.product import WEBHOOK_TOKEN

if TYPE_CHECKING:
    from tests.harness.bodies import Alert
    from tests.harness.story import Json, Story

RUNG = "tocsin_delivery_timers_total"


async def silence(story: Story, length: str = "1h", **matchers: str) -> Json:
    """Silence this story's alerts that match, through the API."""
    wanted = {"environment": story.environment, **matchers}
    body = {
        "matchers": [f'{name}="{value}"' for name, value in wanted.items()],
        "for": length,
        "reason": "moving racks",
        "by": "grace",
    }
    answer = await story.request("POST", "/api/v1/silences", json=body)
    assert answer.status == 201, answer
    return dict(answer.json)


async def suppressed(story: Story, alert: Alert) -> None:
    """Send an alert, and wait until it has been decided that it makes no incident."""
    before = sum(await story.metric("tocsin_decisions_total", kind="suppress"))
    await story.send(alert)

    async def decided() -> bool:
        return sum(await story.metric("tocsin_decisions_total", kind="suppress")) > before

    await story.until(decided, "the alert is suppressed")


async def test_a_silence_keeps_quiet_and_what_still_fires_counts_when_it_is_ended(story: Story) -> None:
    made = await silence(story, service="payments")
    await suppressed(story, story.make_alert(service="payments"))
    assert await story.incidents() == []
    listed = (await story.request("GET", "/api/v1/silences")).json["items"]
    assert made["id"] in [one["id"] for one in listed]
    answer = await story.request("DELETE", f"/api/v1/silences/{made['id']}")
    assert answer.status == 200, answer
    channel = await story.expect_channel("payments")
    await channel.expect("1 firing of 1", "`payments`")
    incident = (await story.incidents())[-1]
    told = [entry["text"] for entry in incident["timeline"] if entry["kind"] == "considered again"]
    assert told == ["HighErrorRate was quiet until now (silence); it still fires."]


async def test_a_short_silence_ends_by_itself(story: Story) -> None:
    await silence(story, "3s", service="payments")
    await suppressed(story, story.make_alert(service="payments"))
    channel = await story.expect_channel("payments", within=20)
    await channel.expect("1 firing of 1")


async def test_what_has_ended_meanwhile_opens_nothing(story: Story) -> None:
    made = await silence(story, service="payments")
    alert = story.make_alert(service="payments")
    await suppressed(story, alert)
    ended = sum(await story.metric("tocsin_decisions_total", kind="alert_resolved"))
    rung = sum(await story.metric(RUNG, kind="reconsider"))
    await story.ends(alert)

    async def has_ended() -> bool:
        return sum(await story.metric("tocsin_decisions_total", kind="alert_resolved")) > ended

    await story.until(has_ended, "the alert has ended")
    await story.request("DELETE", f"/api/v1/silences/{made['id']}")

    async def considered() -> bool:
        return sum(await story.metric(RUNG, kind="reconsider")) > rung

    await story.until(considered, "the end of the silence was noticed")
    assert await story.incidents() == []


async def test_people_silence_from_slack(story: Story) -> None:
    line = f"/incident silence service=payments environment={story.environment} for 1h moving racks"
    answer = await story.command(line, as_="grace")
    assert "Silenced" in answer.words
    name = answer.words.rpartition("/incident unsilence ")[2].strip(" *")
    await suppressed(story, story.make_alert(service="payments"))
    assert await story.incidents() == []
    listed = await story.command("/incident silences", as_="ada")
    assert name in listed.words
    assert "moving racks" in listed.words
    ended = await story.command(f"/incident unsilence {name}", as_="ada")
    assert "no longer silenced" in ended.words
    await story.expect_channel("payments")


async def test_a_change_announces_maintenance_and_its_end_ends_it(story: Story) -> None:
    body = bodies.change("migrate-7", "payments", "database", story.environment, 1)
    await taken(story, {**body, "maintenance": True})
    await suppressed(story, story.make_alert(service="payments"))
    assert await story.incidents() == []
    await taken(story, {**body, "maintenance": True, "ended_at": bodies.now().isoformat()})
    channel = await story.expect_channel("payments")
    await channel.expect("1 firing of 1")


async def taken(story: Story, change: Json) -> None:
    """Tell of a change, and wait until the consumer has it."""
    known = sum(await story.metric("tocsin_consumed_records_total", component="changes"))
    answer = await story.request("POST", "/api/v1/events", json=change, token=WEBHOOK_TOKEN)
    assert answer.status == 202, answer

    async def known_by_now() -> bool:
        return sum(await story.metric("tocsin_consumed_records_total", component="changes")) > known

    await story.until(known_by_now, "the change is known")


async def test_what_a_source_explains_counts_after_its_end(story: Story) -> None:
    source = await story.alert("NodeDown", service="payments-db", zone="a")
    await story.expect_channel("payments-db")
    await suppressed(story, story.make_alert("ProbeFails", service="search", zone="a"))
    await story.alert("ProbeFails", service="billing", zone="b")
    await story.expect_channel("billing")
    assert len(await story.incidents()) == 2
    await story.ends(source)
    channel = await story.expect_channel("search")
    await channel.expect("1 firing of 1")


async def test_from_an_incident_what_it_is_about_is_silenced(story: Story) -> None:
    alert = await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    window = await story.press_for_window(channel, "Silence…", as_="ada")
    assert window.title == "Silence alerts"
    assert (await window.submit(comment="moving racks"))["ok"]
    told = await channel.expect("silenced", 'service="payments"', "moving racks")
    assert told.only_for is None, "everybody is told"
    incident = (await story.incidents())[0]
    name, timeline = incident["id"], incident["timeline"]
    assert [entry["text"] for entry in timeline if entry["kind"] == "silenced"]
    body = {"matchers": [f'environment="{story.environment}"'], "for": "1h", "by": "bob", "incident": name}
    assert (await story.request("POST", "/api/v1/silences", json=body)).status == 201
    await channel.expect("bob silenced")
    await channel.click("Resolve", as_="ada")
    await story.ends(alert)
    await suppressed(story, story.make_alert(service="payments", instance="b"))
    assert len(await story.incidents()) == 1
