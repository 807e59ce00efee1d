"""People act: by a button, by a command, through the API. The card shows it, and so does the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_buttons(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    card = await channel.click("Acknowledge", as_="ada")
    acknowledged = await channel.expect("ACKNOWLEDGED", "@ada is on it")
    assert acknowledged.ts == card.ts
    assert [button.label for button in acknowledged.buttons] == ["Resolve", "Silence…", "Why?"]
    await channel.expect_topic("Acknowledged")

    question = acknowledged.button("Resolve").confirm
    assert question is not None
    assert "1 of its alerts still fire" in str(question["text"])
    await channel.click("Resolve", as_="grace")
    resolved = await channel.expect("RESOLVED", "closed by @grace")
    assert resolved.ts == card.ts
    incident = await story.incident()
    assert incident["acknowledged_by"] == "@ada"
    assert incident["resolved_by"] == "@grace"
    assert incident["resolved_at"] is not None


async def test_a_button_that_comes_too_late_says_so(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    card = await channel.expect_card()
    await story.slack.fail("chat.update", "unavailable", times=100)  # so that the card is behind
    await story.act((await story.incident())["id"], "resolve")
    await channel.press(card, card.button("Acknowledge"), as_="grace")
    whisper = await channel.expect("resolved; possible now: reopen", as_="grace")
    assert whisper.only_for is not None


async def test_a_button_that_is_pressed_twice_acts_once(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.click("Acknowledge", as_="ada")
    await channel.expect("ACKNOWLEDGED")
    incident = await story.incident()
    assert [entry["kind"] for entry in incident["timeline"]].count("acknowledged") == 1


async def test_commands_in_the_channel_need_no_name(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_card()
    name = (await story.incident())["id"]
    assert "Why it opened" in (await story.command("/incident status", as_="grace", channel=channel)).words
    said = await story.command("/incident ack", as_="grace", channel=channel)
    assert said.words == f"{name} is acknowledged."
    await channel.expect("@grace is on it")
    said = await story.command("/incident resolve", as_="grace", channel=channel)
    still = "An alert still fires; sent again, that reopens nothing, but one that ends and fires anew does."
    assert said.words == f"{name} is resolved. {still}"
    await story.expect_state(name, "resolved")
    said = await story.command(f"/incident reopen {name}", as_="ada")
    assert said.words == f"{name} is reopened."
    await channel.expect("TRIGGERED")


async def test_the_api(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    name = (await story.incident())["id"]
    assert (await story.act(name, "acknowledge", by="robot"))["state"] == "acknowledged"
    await channel.expect("robot is on it")
    assert (await story.act(name, "resolve", by="robot"))["state"] == "resolved"
    await channel.expect("closed by robot")
    refused = await story.request("POST", f"/api/v1/incidents/{name}/acknowledge", json={})
    assert refused.status == 409
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert "possible now: reopen" in refused.json["detail"]
    assert (await story.act(name, "reopen"))["state"] == "triggered"
    await channel.expect("TRIGGERED")


async def test_a_declared_incident(story: Story) -> None:
    declared = await story.request(
        "POST",
        "/api/v1/incidents",
        json={
            "title": "Somebody saw smoke",
            "severity": "error",
            "services": ["cart"],
            "environment": story.environment,
        },
    )
    assert declared.status == 201, declared
    channel = await story.expect_channel("somebody-saw-smoke")
    card = await channel.expect_card()
    assert "Somebody saw smoke" in card.words
    assert (await story.incident())["id"] == declared.json["id"]
