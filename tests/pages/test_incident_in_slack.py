"""The demo's story, clicked through on the local Slack's page as Ada."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.pages.slack_page import SlackPage

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

    from tests.harness.story import Story


async def test_ada_handles_an_incident(story: Story, page: Page) -> None:
    slack = SlackPage(page)
    await slack.open(story.slack.url)
    await story.change(
        "payments", minutes_ago=4, summary="Use the new ledger", previous_version="v41", version="v42"
    )
    await story.alert(service="payments", severity="critical", summary="Payments fail", playbook="first-look")
    await slack.enter(story.environment)
    await story.alert("Slow", service="checkout")
    await slack.read("Why it opened", "TRIGGERED", "Payments fail", "2 firing of 2", "checkout")
    await expect(page.get_by_test_id("channel-topic")).to_contain_text("Triggered · Critical")
    await slack.press("Why it opened", "Acknowledge")
    await slack.read("Why it opened", "ACKNOWLEDGED", "@ada is on it")
    await slack.read("Suspect changes", "Use the new ledger", "deployed", "Uncalibrated")

    await slack.read("First look at payments", "0.34")
    await slack.press("Playbook: First look", "Approve")
    await slack.read("Rollback of payments succeeded")
    await slack.read("Playbook: First look", "done")
    assert len(story.outside.rollbacks(story.environment)) == 1

    await story.ends()
    await slack.read("Why it opened", "MONITORING", "0 firing of 2")
    await slack.press("Why it opened", "Resolve")
    question = page.get_by_test_id("confirm-dialog")
    await expect(question).to_contain_text("All of its alerts have ended")
    await page.get_by_test_id("confirm-cancel").click()
    await slack.press("Why it opened", "Resolve")
    await page.get_by_test_id("confirm-ok").click()
    await slack.read("Why it opened", "RESOLVED", "closed by @ada")

    draft = await slack.read("Postmortem draft", "Payments fail")
    whole = draft.get_by_role("link", name="Read the whole draft")
    name = (await story.incident())["id"]
    await expect(whole).to_have_attribute("href", f"{story.product.url}/incidents/{name}/postmortem")


async def test_the_message_box_takes_commands(story: Story, page: Page) -> None:
    slack = SlackPage(page)
    await slack.open(story.slack.url)
    await slack.write("/incident help")
    answer = await slack.read("/incident declare", "opens a window")
    await expect(answer.get_by_test_id("ephemeral-note")).to_be_visible()

    await slack.write("/incident declare")
    window = page.get_by_test_id("modal")
    await expect(window.get_by_test_id("modal-title")).to_have_text("Declare an incident")
    await page.get_by_test_id("modal-submit").click()
    await expect(window.get_by_test_id("field-error").first).not_to_be_empty()  # a title is asked for
    await window.get_by_label("What is wrong?").fill("Carts are empty")
    await window.get_by_label("How bad is it?").select_option("critical")
    await window.get_by_label("Services").fill("cart")
    await window.get_by_label("Environment").fill(story.environment)
    await page.get_by_test_id("modal-submit").click()
    await expect(window).to_have_count(0)
    await slack.enter(story.environment)
    await slack.read("Why it opened", "Critical", "Carts are empty", "cart")
    # Tocsin is not in #general, so the receipt for the window comes as a direct message.
    await slack.channel_entry("● Tocsin").click()
    await slack.read("Carts are empty", "is declared")


async def test_alerts_are_silenced_from_their_incident_also_after_a_slip(story: Story, page: Page) -> None:
    await story.alert(service="payments")
    slack = SlackPage(page)
    await slack.open(story.slack.url)
    await slack.enter(story.environment)
    await slack.press("Why it opened", "Silence…")
    window = page.get_by_test_id("modal")
    await expect(window.get_by_test_id("modal-title")).to_have_text("Silence alerts")
    which = window.get_by_label("Which alerts?")
    await which.fill('service=~"payments')
    await page.get_by_test_id("modal-submit").click()
    await expect(window.get_by_test_id("field-error").first).not_to_be_empty()
    # Pressing it leaves the field, and what was wrong with it must not move the button away.
    await which.fill(f'environment="{story.environment}"')
    await page.get_by_test_id("modal-submit").click()
    await expect(window).to_have_count(0)
    await slack.read("silenced", f'environment="{story.environment}"')


async def test_two_people_see_the_same(story: Story, page: Page) -> None:
    await story.alert(service="payments")
    slack = SlackPage(page)
    await slack.open(story.slack.url)
    await slack.enter(story.environment)
    await page.get_by_test_id("act-as").select_option(label="Grace Hopper")
    await slack.press("Why it opened", "Acknowledge")
    await slack.read("Why it opened", "@grace is on it")
    await page.get_by_test_id("act-as").select_option(label="Ada Lovelace")
    await slack.read("Why it opened", "@grace is on it")


async def test_who_changes_the_user_presses_only_as_that_user(story: Story, page: Page) -> None:
    await story.alert(service="payments")
    slack = SlackPage(page)
    await slack.open(story.slack.url)
    await slack.enter(story.environment)
    await slack.read("Why it opened", "TRIGGERED")
    answers = asyncio.Event()

    async def late(route: Route) -> None:
        await answers.wait()
        await route.continue_()

    await page.route("**/local/state?*", late)
    await page.get_by_test_id("act-as").select_option(label="Grace Hopper")
    button = slack.message("Why it opened").get_by_role("button", name="Acknowledge", exact=True)
    place = await button.bounding_box()
    assert place is not None
    await page.mouse.click(place["x"] + 5, place["y"] + 5)  # at once, without waiting until it can be pressed
    answers.set()
    await slack.press("Why it opened", "Acknowledge")
    await slack.read("Why it opened", "@grace is on it")


async def test_a_button_that_is_pressed_stays_while_its_message_changes(story: Story, page: Page) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    slack = SlackPage(page)
    await slack.open(story.slack.url)
    await slack.enter(story.environment)
    await slack.read("nothing is known to have changed")  # the last thing to come, and to move the others
    button = slack.message("Why it opened").get_by_role("button", name="Acknowledge", exact=True)
    await button.hover()
    await page.mouse.down()
    await story.alert("Slow", service="payments")
    await channel.expect("2 firing of 2")
    await page.mouse.up()
    await slack.read("Why it opened", "2 firing of 2", "@ada is on it")
