"""The states that alerts bring about: monitored when all have ended, and back when one fires again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.harness import bodies

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_all_alerts_end(story: Story) -> None:
    first = await story.alert("HighErrorRate", service="payments")
    second = await story.alert("Slow", service="checkout")
    channel = await story.expect_channel("payments")
    await channel.expect("2 firing of 2")
    await story.ends(first)
    await channel.expect("1 firing of 2", "TRIGGERED")
    await story.ends(second)
    await channel.expect("0 firing of 2", "MONITORING")
    await channel.expect("All alerts have ended")
    await channel.expect_topic("Monitoring")
    name = (await story.incident())["id"]
    incident = await story.expect_state(name, "monitoring")
    assert {alert["status"] for alert in incident["alerts"]} == {"resolved"}
    assert incident["monitoring_at"] is not None
    assert any("alerts have ended" in entry["text"] for entry in incident["timeline"])


async def test_an_alert_fires_again_while_it_is_monitored(story: Story) -> None:
    alert = await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    name = (await story.incident())["id"]
    await story.ends(alert)
    await story.expect_state(name, "monitoring")
    again = await story.fires_again(alert)
    await story.expect_state(name, "triggered")
    await channel.expect("An alert fires; the incident is no longer only monitored")

    await story.act(name, "acknowledge")
    await story.ends(again)
    await story.expect_state(name, "monitoring")
    await story.fires_again(again)
    await story.expect_state(name, "acknowledged")  # what it was before
    assert len(await story.incidents()) == 1


async def test_an_alert_that_fires_soon_after_the_end_reopens(story: Story) -> None:
    alert = await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    name = (await story.incident())["id"]
    await story.ends(alert)
    await story.expect_state(name, "monitoring")
    await story.act(name, "resolve")
    await channel.expect("RESOLVED")
    await story.fires_again(alert)
    await story.expect_state(name, "triggered")
    await channel.expect("Reopened: an alert of its group fired after it was resolved")
    assert len(await story.incidents()) == 1


async def test_later_it_is_a_new_incident(story: Story) -> None:
    alert = await story.alert("Brief", service="payments")  # its rule reopens for a second only
    await story.expect_channel("payments")
    name = (await story.incident())["id"]
    await story.ends(alert)
    await story.expect_state(name, "monitoring")
    resolved = datetime.fromisoformat((await story.act(name, "resolve"))["resolved_at"])
    await story.until(lambda: bodies.now() > resolved + timedelta(seconds=1), "the window is over")
    await story.fires_again(alert)
    await story.until(lambda: _two(story), "a second incident")
    assert (await story.look_at(name))["state"] == "resolved"


async def _two(story: Story) -> bool:
    return len(await story.incidents()) == 2


async def test_a_late_firing_does_not_undo_an_end(story: Story) -> None:
    alert = await story.alert(service="payments")
    name = (await story.incident())["id"]
    await story.ends(alert)
    await story.expect_state(name, "monitoring")
    await story.send(alert)  # a repeat of the occurrence that has ended
    other = await story.alert("Disk", service="billing")
    await story.until(lambda: _two(story), "what came after it")
    assert (await story.look_at(name))["state"] == "monitoring"
    assert other.labels["service"] == "billing"
