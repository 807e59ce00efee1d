"""One fault is one incident, however many services and alerts tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_callers_join_the_incident_of_what_they_call(story: Story) -> None:
    await story.alert("HighErrorRate", service="payments")
    channel = await story.expect_channel("payments")
    await story.alert("Slow", service="checkout")
    await story.alert("Slow", service="storefront")
    card = await channel.expect("3 firing of 3", "`payments`", "`checkout`", "`storefront`")
    assert set((await story.incident())["services"]) == {"payments", "checkout", "storefront"}
    assert card.ts == (await channel.expect_card()).ts
    assert len(await story.channels()) == 1


async def test_one_body_with_all_of_them_is_one_incident(story: Story) -> None:
    services = ("storefront", "checkout", "payments")
    await story.send(*(story.make_alert("Slow", service=service) for service in services))
    channel = await story.expect_channel()
    await channel.expect("3 firing of 3")
    assert set((await story.incident())["services"]) == set(services)


async def test_services_without_a_connection_stay_apart(story: Story) -> None:
    await story.alert(service="payments")
    await story.alert(service="search")
    await story.expect_channel("payments")
    await story.expect_channel("search")
    assert len(await story.incidents()) == 2


async def test_repeats_change_nothing(story: Story) -> None:
    alert = await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    card = await channel.expect("1 firing of 1")
    for _ in range(3):
        await story.send(alert, alert)
    await story.alert("Slow", service="payments")
    again = await channel.expect("2 firing of 2")
    assert again.ts == card.ts
    incident = await story.incident()
    assert len(incident["alerts"]) == 2
    assert len([message for message in await channel.posts() if "Why it opened" in message.words]) == 1


async def test_a_worse_alert_raises_the_severity(story: Story) -> None:
    await story.alert("Slow", service="payments", severity="warning")
    channel = await story.expect_channel("payments")
    await channel.expect_topic("Warning")
    await story.alert("Down", service="payments", severity="critical")
    await channel.expect_topic("Critical")
    assert (await story.incident())["severity"] == "critical"
