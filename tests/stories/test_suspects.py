"""Which change did it: named with its reasons, and named anew when a change is heard of late."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Json, Story


async def test_a_late_change_ranks_anew_in_place(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    before = await channel.expect("No suspect change")
    await story.change("payments", "config", minutes_ago=3, summary="Halve the pool of connections")
    after = await channel.expect("Suspect changes", "Halve the pool")
    assert after.ts == before.ts
    assert after.edited
    incident = await story.incident()
    assert incident["suspects"][0]["type"] == "config"


async def test_a_change_of_a_dependency_explains_its_callers(story: Story) -> None:
    await story.change("payments-db", "database", minutes_ago=6, summary="Drop an index")
    await story.send(story.make_alert(service="payments"), story.make_alert(service="checkout"))
    channel = await story.expect_channel()
    card = await channel.expect("Drop an index")
    assert "payments-db itself is quiet" in card.words


async def test_a_change_in_the_middle_of_an_incident_is_named_for_what_follows_it(story: Story) -> None:
    await story.change("payments-db", "database", minutes_ago=48, summary="Drop an index")
    await story.send(
        story.make_alert(service="payments", seconds_ago=45 * 60),
        story.make_alert(service="payments-db", seconds_ago=45 * 60),
    )
    channel = await story.expect_channel()
    await channel.expect("Drop an index")
    await story.change("checkout", minutes_ago=3, summary="New basket")
    await story.alert(service="checkout", seconds_ago=60)
    card = await channel.expect("New trouble since", "New basket")
    assert "For what began before that" in card.words
    assert "Drop an index" in card.words or "Database" in card.words
    incident = await story.incident()
    assert incident["suspects"][0]["summary"] == "New basket"
    assert incident["later_trouble"]["former"]["summary"] == "Drop an index"


async def test_changes_elsewhere_are_no_suspects(story: Story) -> None:
    incident_environment = story.environment
    story.environment = "elsewhere"
    await story.change("payments", name=f"{incident_environment}-other", summary="Not here")
    story.environment = incident_environment
    await story.change("search", summary="Not this service")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("No suspect change")
    assert (await story.incident())["suspects"] == []


async def test_the_nearer_change_is_the_likelier(story: Story) -> None:
    await story.change("payments", minutes_ago=600, name=f"{story.environment}-old", summary="Long ago")
    await story.change("payments", minutes_ago=3, name=f"{story.environment}-new", summary="Just now")
    await story.alert(service="payments")
    await story.expect_channel("payments")

    def ranked(incident: Json) -> bool:
        return len(incident["suspects"]) == 2

    name = (await story.incident())["id"]
    incident = await story.expect_incident(name, ranked, "both changes are ranked")
    assert [one["summary"] for one in incident["suspects"]] == ["Just now", "Long ago"]
    total = sum(one["probability"] for one in incident["suspects"]) + incident["no_change_probability"]
    assert abs(total - 1) < 1e-6
