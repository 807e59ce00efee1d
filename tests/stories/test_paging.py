"""Somebody is woken: when the severity asks for it, and when Slack does not show the incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_a_critical_incident_pages(story: Story) -> None:
    await story.alert("Down", service="payments", severity="critical", summary="Nobody can pay")
    page = await story.expect_page()
    incident = await story.incident()
    assert page.body["incident"] == incident["id"]
    assert page.body["severity"] == "critical"
    assert page.body["services"] == ["payments"]
    assert page.body["url"] == f"{story.product.url}/incidents/{incident['id']}"
    assert page.key
    channel = await story.expect_channel("nobody-can-pay")
    await channel.expect("Why it opened", "Paged")
    assert len(story.outside.pages(story.environment)) == 1


async def test_a_warning_does_not(story: Story) -> None:
    await story.alert("Slow", service="payments", severity="warning")
    channel = await story.expect_channel("payments")
    await channel.expect("No suspect change")
    assert story.outside.pages(story.environment) == []


async def test_an_incident_that_gets_worse_pages(story: Story) -> None:
    await story.alert("Slow", service="payments", severity="warning")
    await story.expect_channel("payments")
    await story.alert("Down", service="payments", severity="critical")
    await story.expect_page("critical")


async def test_slack_has_failed(story: Story) -> None:
    await story.slack.fail("conversations.create", "unavailable", times=100)
    await story.alert("Slow", service="payments", severity="warning")
    page = await story.expect_page("Slack")
    assert page.body["channel"] is None
    assert await story.channels() == []
    await story.slack.heal()
    channel = await story.expect_channel("payments", within=30)  # what was owed is made up for
    await channel.expect_card()
    assert len(story.outside.pages(story.environment)) == 1
