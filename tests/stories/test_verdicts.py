"""Responders say what caused it: the card, the API, the page and the postmortem show it, and it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.channel import Channel, Message
    from tests.harness.story import Json, Story


async def choose(channel: Channel, message: Message, block: str, choice: str, *, as_: str) -> None:
    """Open the three dots of a block and choose."""
    (found,) = (one for one in message.raw["blocks"] if block in one["block_id"])
    await channel.hand.do(
        "actions",
        user=as_,
        channel=channel.id,
        ts=message.ts,
        block_id=found["block_id"],
        action_id=found["accessory"]["action_id"],
        value=choice,
    )


def shares(incident: Json) -> dict[str, float]:
    return {one["summary"]: one["probability"] for one in incident["suspects"]}


async def test_a_cause_by_button_is_shown_in_place_and_outlives_later_changes(story: Story) -> None:
    await story.change("payments", minutes_ago=3, summary="Just now")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    before = await channel.expect("Suspect changes", "Just now")
    await channel.click("Caused it", as_="ada")
    card = await channel.expect("What caused it", "says @ada", "Just now")
    assert card.ts == before.ts
    assert [button.label for button in card.buttons] == ["Take it back"]
    await channel.expect("@ada says that the deploy of payments")
    await story.change("payments", "config", minutes_ago=1, summary="Later")
    name = (await story.incident())["id"]
    incident = await story.expect_incident(name, lambda one: len(one["suspects"]) == 2, "both are ranked")
    assert shares(incident) == {"Just now": 1.0, "Later": 0.0}
    assert incident["no_change_probability"] == 0.0
    assert incident["timeline"][-1]["kind"] == "verdict"
    await story.act(name, "resolve")
    assert "It was caused by the deploy of payments" in await story.expect_postmortem(name)


async def test_what_did_not_do_it_makes_room_for_the_next(story: Story) -> None:
    await story.change("payments", minutes_ago=2, summary="Near")
    await story.change("payments", "config", minutes_ago=5, summary="Next")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    card = await channel.expect("Near", "Next")
    await choose(channel, card, "config", "Did not cause it", as_="grace")
    card = await channel.expect("*Ruled out* by @grace: Configuration of `payments`")
    assert "*1.*" not in card.words.partition("Next")[2]
    name = (await story.incident())["id"]
    assert shares(await story.look_at(name))["Next"] == 0
    await channel.click("Did not cause it", as_="grace")
    await channel.expect("No suspect change", "*Ruled out* by @grace: Deploy of `payments`")
    verdicts = (await story.look_at(name))["verdicts"]
    assert [(one["verdict"], one["by"], one["counts"]) for one in verdicts] == [
        ("did_not", "@grace", True),
        ("did_not", "@grace", True),
    ]


async def test_no_change_and_taking_it_back(story: Story) -> None:
    await story.change("payments", minutes_ago=3, summary="Innocent")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("Suspect changes", "Innocent")
    await channel.click("No change caused this", as_="ada")
    await channel.expect("*No change caused this*, says @ada")
    name = (await story.incident())["id"]
    assert not (await story.look_at(name))["suspect_named"]
    await channel.click("Take it back", as_="grace")
    await channel.expect("Suspect changes", "Innocent")
    (verdict,) = (await story.look_at(name))["verdicts"]
    assert (verdict["withdrawn_by"], verdict["counts"]) == ("@grace", False)


async def test_any_change_may_be_blamed_and_counts_as_a_failure(story: Story) -> None:
    change = await story.change("search", minutes_ago=40, summary="Reindex")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("No suspect change")
    said = await story.command(f"/incident blame {change}", as_="ada", channel=channel)
    assert f"({change}) is kept as the cause of INC-" in said.words
    await channel.expect("What caused it", "Reindex")
    answer = await story.request(
        "GET", "/api/v1/change-failure-rate", params={"environment": story.environment}
    )
    assert answer.json["services"] == [{"service": "search", "changes": 1, "failed": 1, "rate": 1.0}]
    unknown = await story.command("/incident blame nothing-like-it", as_="ada", channel=channel)
    assert "That does not exist: change 'nothing-like-it'" in unknown.words


async def test_the_api_says_it_too(story: Story) -> None:
    change = await story.change("payments", minutes_ago=3, summary="Said by a robot")
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect("Suspect changes")
    name = (await story.incident())["id"]
    body = {"verdict": "caused", "change_id": change, "by": "robot"}
    answer = await story.request("POST", f"/api/v1/incidents/{name}/verdicts", json=body)
    assert answer.status == 200, answer
    await channel.expect("What caused it", "says robot")
    verdict = answer.json["verdicts"][0]["id"]
    gone = await story.request("DELETE", f"/api/v1/incidents/{name}/verdicts/{verdict}")
    assert gone.json["verdicts"][0]["withdrawn_by"] == "API"
    await channel.expect("Suspect changes", "Said by a robot")
