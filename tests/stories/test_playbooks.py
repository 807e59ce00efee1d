"""The shipped playbook: it looks, posts what it found, asks, and does what it was allowed to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.channel import Channel
    from tests.harness.story import Json, Story


async def begin(story: Story) -> Channel:
    await story.change("payments", minutes_ago=4, previous_version="v41", version="v42", summary="Deploy v42")
    await story.alert(service="payments", playbook="first-look")
    channel = await story.expect_channel("payments")
    await channel.expect("First look at payments")
    return channel


async def test_what_was_found_is_posted(story: Story) -> None:
    story.outside.well.discard("payments")
    channel = await begin(story)
    findings = await channel.expect("First look at payments")
    assert "0.34 now" in findings.words
    assert "503" in findings.words
    assert "Deploy v42" in findings.words


async def test_an_approved_step_is_done(story: Story) -> None:
    story.outside.well.discard("payments")
    channel = await begin(story)
    await channel.expect("Playbook: First look", "waits for your approval", "v41")
    assert story.outside.rollbacks(story.environment) == []
    await channel.click("Approve", as_="ada")
    await channel.expect("Rollback of payments succeeded")
    card = await channel.expect("Playbook: First look", "done")
    assert card.buttons == ()

    (rollback,) = story.outside.rollbacks(story.environment)
    incident = await story.incident()
    assert rollback.body["to"] == "v41"
    assert rollback.body["incident"] == incident["id"]
    assert rollback.key
    (run,) = (await story.expect_incident(incident["id"], succeeded, "the run has succeeded"))["runs"]
    assert {step["state"] for step in run["steps"]} == {"succeeded"}
    assert any("@ada" in entry["text"] for entry in incident["timeline"])


def succeeded(incident: Json) -> bool:
    return bool(incident["runs"][0]["state"] == "succeeded")


async def test_a_rejected_step_is_not_done(story: Story) -> None:
    channel = await begin(story)
    await channel.click("Reject", as_="grace")
    await channel.expect("Rollback of payments rejected")
    incident = await story.incident()
    await story.expect_incident(incident["id"], succeeded, "the run is over")
    assert story.outside.rollbacks(story.environment) == []


async def test_two_who_approve_at_once_approve_once(story: Story) -> None:
    channel = await begin(story)
    card = await channel.expect("Playbook: First look", "waits for your approval")
    approve = card.button("Approve")
    await asyncio.gather(*(channel.press(card, approve, as_=person) for person in ("ada", "grace")))
    await channel.expect("Rollback of payments succeeded")
    (run,) = (await story.incident())["runs"]
    assert [step["state"] for step in run["steps"]].count("succeeded") == len(run["steps"])
    assert len(story.outside.rollbacks(story.environment)) == 1
