"""Slack errs: it asks for a pause, its name is taken, its answer is lost. What people see happens once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_a_pause_is_kept(story: Story) -> None:
    await story.slack.fail("conversations.create", "ratelimited", retry_after=2)
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_card()
    first, second = await creations(story)
    assert first["status"] == 429
    assert second["ok"]
    assert second["time"] - first["time"] >= 2


async def test_a_name_that_is_taken_gets_a_suffix(story: Story) -> None:
    # The name is known before the incident is: its number follows from a failed attempt's call.
    await story.slack.fail("conversations.create", "error", error="internal_error", times=100)
    await story.alert(service="payments")
    await story.until(lambda: creations(story), "a first attempt")
    wanted = (await creations(story))[0]["arguments"]["name"]
    await story.slack.do("channels", user="alan", name=wanted)
    await story.slack.heal()
    channel = await story.expect_channel(f"{wanted}-2")
    await channel.expect_card()
    assert channel.name == f"{wanted}-2"
    assert (await story.incident())["channel"]["id"] == channel.id


async def test_a_lost_answer_makes_no_second_channel(story: Story) -> None:
    await story.slack.fail("conversations.create", "cut", executed=True)
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_card()
    assert [one.id for one in await story.channels()] == [channel.id]
    assert (await story.incident())["channel"]["id"] == channel.id
    first, second = await creations(story)
    assert (first["fault"], first["executed"]) == ("cut", True)
    assert second["error"] == "name_taken"


@pytest.mark.parametrize("fault", ["cut", "unavailable"])
async def test_a_lost_answer_makes_no_second_message(story: Story, fault: str) -> None:
    await story.slack.fail("chat.postMessage", fault, executed=True, times=2)
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_card()
    await channel.expect("No suspect change")
    posts = [message.words for message in await channel.posts()]
    assert len([words for words in posts if "Why it opened" in words]) == 1
    assert len([words for words in posts if "No suspect change" in words]) == 1


async def test_one_that_cannot_be_invited_keeps_nobody_out(story: Story) -> None:
    await story.slack.fail("users.lookupByEmail", "error", error="users_not_found")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_members("ada", "grace")


async def test_decoration_that_is_not_allowed_keeps_nothing_from_being_seen(story: Story) -> None:
    await story.slack.fail("conversations.invite", "error", error="missing_scope", times=100)
    await story.slack.fail("conversations.setTopic", "error", error="restricted_action", times=100)
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("No suspect change")
    await channel.expect("Could not invite", "missing_scope")
    incident = await story.incident()
    await story.act(incident["id"], "acknowledge")
    await channel.expect("has acknowledged")
    told = [line["text"] for line in (await story.look_at(incident["id"]))["timeline"]]
    assert any("Could not set the channel's topic" in text for text in told)
    assert story.outside.pages(story.environment) == []
    await story.slack.heal()


async def test_a_card_that_may_not_be_edited_is_posted_anew(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("No suspect change")
    incident = await story.incident()
    await story.slack.fail("chat.update", "error", error="edit_window_closed")
    await story.act(incident["id"], "resolve")
    card = await channel.expect("Why it opened", "RESOLVED")
    assert not card.edited


async def test_an_incident_that_is_reopened_gets_another_channel_where_its_own_was_archived(
    story: Story,
) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_members("ada")
    incident = await story.incident()
    await story.act(incident["id"], "resolve")
    await channel.expect("has resolved")
    await story.slack.do(f"channels/{channel.id}/archive", user="ada")
    await story.act(incident["id"], "reopen")
    other = await story.expect_channel(f"{channel.name}-2")
    await other.expect("Why it opened", "TRIGGERED")
    await other.expect("has reopened")
    await other.expect_members("ada", "grace")
    assert (await story.incident())["channel"]["id"] == other.id


async def test_slacks_own_pace_is_kept(story: Story) -> None:
    await story.slack.do("switches", rate_limits=True)
    try:
        await story.alert(service="payments", playbook="first-look")
        channel = await story.expect_channel("payments", within=30)
        for number in range(6):  # each changes the card; the posts of a channel go at one a second
            await story.alert("Slow", service="payments", instance=str(number))
        await channel.expect("7 firing of 7", within=30)
        await channel.expect("First look at payments", within=30)
    finally:
        await story.slack.do("switches", rate_limits=False)


async def creations(story: Story) -> list[dict[str, Any]]:
    """The calls that wanted this story's channel."""
    calls = await story.slack.calls("conversations.create")
    return [call for call in calls if story.environment in call["arguments"]["name"]]
