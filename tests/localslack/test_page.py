"""The page in a browser: what is drawn, and that what one does there reaches the app."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.localslack.harness import ADA, Hand, receiver
from tests.localslack.kit import Json, actions, button, modal, mrkdwn, option, plain, section, text_input

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.localslack.server import RunningLocalSlack

CONFIRM = {
    "title": plain("Sure?"),
    "text": mrkdwn("It *ends*"),
    "confirm": plain("End it"),
    "deny": plain("Keep it"),
}
CARD: list[Json] = [
    {"type": "header", "text": plain(":rotating_light: Checkout is down")},
    {
        "type": "section",
        "fields": [mrkdwn("*State*\ntriggered"), mrkdwn("<!date^1790000000^{date_num}|then>")],
    },
    section(
        "by <@U0GRACE002> in <#C0INCIDEN02>, <https://example.com/x|change>, `code`, ~old~ _new_ https://example.com/bare."
    ),
    {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "Suspect"}], [{"type": "raw_text", "text": "deploy"}]],
    },
    actions(button("ack"), button("end", text=plain("End"), style="danger", confirm=CONFIRM), block_id="a"),
]


@pytest.fixture
async def page(browser: Browser, slack: RunningLocalSlack) -> AsyncIterator[Page]:
    page = await browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(slack.url)
    await expect(page.get_by_test_id("channel-title")).to_have_text("#general")
    yield page
    await page.close()
    assert errors == []


async def test_a_card_is_drawn_and_its_buttons_work(
    page: Page, slack: RunningLocalSlack, client: AsyncWebClient
) -> None:
    async with receiver(slack) as app:
        await client.chat_postMessage(channel="general", text="card", blocks=CARD)
        card = page.get_by_test_id("message")
        await expect(card.get_by_role("heading")).to_contain_text("Checkout is down")
        await expect(card.get_by_role("img", name="rotating_light")).to_be_visible()
        await expect(card.get_by_text("@Grace Hopper")).to_be_visible()
        await expect(card.get_by_text("#incidents")).to_be_visible()
        await expect(card.get_by_role("link", name="change")).to_have_attribute(
            "href", "https://example.com/x"
        )
        bare = card.get_by_role("link", name="https://example.com/bare", exact=True)
        await expect(bare).to_have_attribute("href", "https://example.com/bare")
        await expect(card.locator("time").nth(1)).to_have_text("2026-09-21")
        await expect(card.get_by_role("cell", name="deploy")).to_be_visible()
        await card.get_by_role("button", name="End").click()
        await page.get_by_test_id("confirm-cancel").click()
        await card.get_by_role("button", name="End").click()
        await page.get_by_test_id("confirm-ok").click()
        await expect(page.get_by_test_id("confirm-dialog")).to_have_count(0)
        await card.get_by_role("button", name="Go").click()
        await expect(card.locator(".busy")).to_have_count(0)
        assert [body["actions"][0]["action_id"] for body in app.of("block_actions")] == ["end", "ack"]


async def test_an_app_that_is_away_is_told(page: Page, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="general", text="card", blocks=CARD)
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("trouble connecting")


async def test_nothing_that_was_written_is_html(page: Page, hand: Hand, client: AsyncWebClient) -> None:
    attack = "<img src=x onerror=window.hit=1> <javascript:window.hit=1|click> <script>window.hit=1</script>"
    await hand.post("messages", channel="general", text=attack)
    await client.chat_postMessage(
        channel="general",
        text="x",
        blocks=[
            section(attack),
            {"type": "markdown", "text": f"{attack} [x](javascript:window.hit=1)"},
            actions(button(url="javascript:window.hit=1")),
        ],
    )
    await expect(page.get_by_test_id("message")).to_have_count(2)
    await page.get_by_role("button", name="Go").click()
    assert await page.locator("#messages img, #messages script").count() == 0
    assert await page.locator("#messages a[href^=javascript]").count() == 0
    assert await page.evaluate("window.hit") is None


async def test_writing_reading_and_threads(page: Page, hand: Hand) -> None:
    await page.get_by_test_id("composer").fill("hello @grace & *all*")
    await page.keyboard.press("Enter")
    message = page.get_by_test_id("message")
    await expect(message.get_by_test_id("message-text")).to_have_text("hello @Grace Hopper & all")
    (kept,) = await hand.messages("general")
    assert kept["text"] == "hello <@U0GRACE002> &amp; *all*"
    await hand.post("messages", user="grace", channel="general", text="a reply", thread_ts=kept["ts"])
    await page.get_by_test_id("thread-link").click()
    thread = page.get_by_test_id("thread-pane")
    await expect(thread.get_by_text("a reply")).to_be_visible()
    await thread.get_by_test_id("thread-composer").fill("and another")
    await thread.get_by_test_id("thread-send").click()
    await expect(thread.get_by_test_id("message")).to_have_count(3)
    await expect(page.get_by_test_id("thread-link")).to_have_text("2 replies")


async def test_a_command_is_completed_and_its_modal_filled_in(
    page: Page, slack: RunningLocalSlack, client: AsyncWebClient
) -> None:
    pick = {"type": "static_select", "action_id": "v", "options": [option("1", "High"), option("2", "Low")]}
    severity = {"type": "input", "block_id": "sev", "label": plain("Severity"), "element": pick}
    async with receiver(slack) as app:
        app.answers["command"] = "On it"
        await page.get_by_test_id("composer").press_sequentially("/inc")
        await page.get_by_test_id("command-option").click()
        await page.keyboard.type("declare")
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("ephemeral-note")).to_have_text("Only visible to you")
        (command,) = app.of("/incident")
        assert command["text"] == "declare"
        await client.views_open(trigger_id=command["trigger_id"], view=modal(text_input(), severity))
        dialog = page.get_by_test_id("modal")
        await dialog.get_by_test_id("modal-submit").click()
        await expect(dialog.get_by_text("Please complete this required field.")).to_have_count(2)
        await dialog.get_by_label("Title").fill("Down")
        await dialog.get_by_label("Severity").select_option("Low")
        await dialog.get_by_test_id("modal-submit").click()
        await expect(dialog).to_have_count(0)
        values = app.of("view_submission")[0]["view"]["state"]["values"]
        assert values["title"]["v"]["value"] == "Down"
        assert values["sev"]["v"]["selected_option"]["value"] == "2"


async def test_acting_as_another_and_unread_counts(page: Page, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="incidents", text="look here")
    await client.chat_postEphemeral(channel="general", user=ADA, text="for ada")
    await expect(page.get_by_test_id("channel-incidents").get_by_test_id("unread")).to_have_text("1")
    await expect(page.get_by_text("for ada")).to_be_visible()
    await page.get_by_test_id("act-as").select_option(label="Grace Hopper")
    await expect(page.get_by_text("for ada")).to_have_count(0)
    await page.get_by_test_id("channel-incidents").click()
    await expect(page.get_by_test_id("message").get_by_text("look here")).to_be_visible()
    await expect(page.get_by_test_id("channel-incidents").get_by_test_id("unread")).to_have_count(0)


async def test_who_cannot_become_somebody_else_stays_who_they_are(
    page: Page, slack: RunningLocalSlack, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="general", user=ADA, text="for ada")
    await expect(page.get_by_text("for ada")).to_be_visible()
    others = re.compile(rf"/local/state\?user=(?!{ADA})")
    await page.route(others, lambda route: route.abort())
    await page.get_by_test_id("act-as").select_option(label="Grace Hopper")
    await expect(page.get_by_text("The workspace did not answer: not_connected")).to_be_visible()
    await expect(page.get_by_test_id("act-as")).to_have_value(ADA)
    await client.chat_postEphemeral(channel="general", user=ADA, text="still ada")
    await expect(page.get_by_text("still ada")).to_be_visible()
    await page.unroute(others)
    await page.get_by_test_id("act-as").select_option(label="Grace Hopper")
    await expect(page.get_by_text("for ada")).to_have_count(0)


async def test_topic_bookmarks_home_and_theme(
    page: Page, slack: RunningLocalSlack, client: AsyncWebClient
) -> None:
    channel = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    await client.conversations_setTopic(channel=channel, topic="SEV-1 *now*")
    await client.bookmarks_add(channel_id=channel, title="Runbook", type="link", link="https://example.com/")
    ts = (await client.chat_postMessage(channel=channel, text="pinned one"))["ts"]
    await client.pins_add(channel=channel, timestamp=ts)
    await page.get_by_test_id("channel-inc-1").click()
    await expect(page.get_by_test_id("channel-topic")).to_have_text("SEV-1 now")
    await expect(page.get_by_test_id("bookmark")).to_have_text("Runbook")
    await expect(page.get_by_test_id("pins")).to_have_text("1 pinned")
    await page.get_by_test_id("join").click()
    await expect(page.get_by_test_id("composer")).to_be_visible()
    await client.views_publish(user_id=ADA, view={"type": "home", "blocks": [section("Welcome home")]})
    await page.get_by_test_id("app-home").click()
    await expect(page.get_by_test_id("home-tab")).to_contain_text("Welcome home")
    before = await page.evaluate("document.documentElement.dataset.theme")
    await page.get_by_test_id("theme-toggle").click()
    assert await page.evaluate("document.documentElement.dataset.theme") != before
    await page.goto(f"{slack.url}archives/{channel}/p{ts.replace('.', '')}")
    await expect(page.get_by_test_id("channel-title")).to_have_text("#inc-1")
