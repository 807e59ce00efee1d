"""Why: what an incident, an alert and a rule did is told in Slack, in the API and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_why_an_incident_opened_and_what_joined_it(story: Story) -> None:
    await story.alert("HighErrors", service="payments")
    channel = await story.expect_channel("payments")
    name = (await story.incident())["id"]
    await story.alert("SlowRequests", service="payments")
    await story.expect_incident(name, lambda one: len(one["alerts"]) == 2, "both are there")
    asked = await story.command("/incident why", as_="ada", channel=channel)
    assert asked.only_for is not None
    for wanted in (f"Why {name} opened", "It opened an incident at", "rule `plain`", "What joined it"):
        assert wanted in asked.words
    card = await channel.expect_card()
    await channel.press(card, card.button("Why?"), as_="grace")
    await channel.expect(f"Why {name} opened", as_="grace")
    told = (await story.request("GET", f"/api/v1/incidents/{name}/explanation")).json
    assert told["opening"]["decision"]["reason"]["name"] == "opened"
    assert told["opening"]["alert"]["name"] == "HighErrors"
    assert [one["decision"]["reason"]["name"] for one in told["joined"]] == ["same_group"]
    page = await story.request("GET", f"/incidents/{name}/why")
    assert "It opened an incident at" in page.text


async def test_why_an_alert_opened_nothing(story: Story) -> None:
    await story.command(f"/incident silence environment={story.environment} for 2h moving house", as_="ada")
    await story.alert("HighErrors", service="payments")

    async def told() -> str:
        answer = await story.command(
            f"/incident why-not HighErrors environment={story.environment}", as_="grace"
        )
        return answer.words if "It made no incident at" in answer.words else ""

    words = await story.until(told, "the alert is known")
    assert "Silenced by @ada until" in words
    assert "moving house" in words
    asked = await story.request("GET", f"/api/v1/explanations?environment={story.environment}")
    [one] = asked.json["items"]
    assert one["decision"]["reason"]["name"] == "silenced"


async def test_what_an_alert_would_do_is_told_and_not_done(story: Story) -> None:
    await story.alert("HighErrors", service="payments")
    await story.expect_channel("payments")
    name = (await story.incident())["id"]
    labels = {"alertname": "Other", "service": "payments", "environment": story.environment}
    [told] = (await story.request("POST", "/api/v1/explanations", json={"labels": labels})).json["items"]
    assert (told["decision"]["kind"], told["incident"], told["opens"]) == ("attach", name, False)
    assert len((await story.look_at(name))["alerts"]) == 1
    nothing = await story.command("/incident why-not NeverHeardOf", as_="ada")
    assert "No such alert fired in the last 24 hours" in nothing.words
