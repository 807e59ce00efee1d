"""The console of the running product: the list, one incident, its postmortem, behind the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.harness.product import API_TOKEN

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.harness.story import Story


async def test_from_the_login_to_the_postmortem(story: Story, page: Page) -> None:
    await story.change("payments", minutes_ago=4, summary="Use the new ledger")
    await story.alert(service="payments", severity="critical", summary="Payments fail")
    channel = await story.expect_channel("payments")
    await channel.expect("Use the new ledger")
    name = (await story.incident())["id"]

    await page.goto(story.product.url)
    await page.get_by_label("Token").fill("not the token")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_have_text("That is not the token.")
    await page.get_by_label("Token").fill(API_TOKEN)
    await page.get_by_role("button", name="Log in").click()

    card = page.locator(".card").filter(has_text=name)
    await expect(card).to_contain_text("critical")
    await expect(card).to_contain_text("Use the new ledger")
    await card.get_by_role("link").first.click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    main = page.get_by_role("main")
    for words in (f"#{channel.name}", "Use the new ledger", "Payments fail", "1 firing", "Channel #"):
        await expect(main).to_contain_text(words)
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(main).to_contain_text("by the console")
    await channel.expect("the console is on it")
    await page.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    await channel.expect("RESOLVED")

    await page.get_by_role("link", name="Postmortem draft").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"Postmortem draft: {name}")
    for section in ("Summary", "Impact", "Metrics", "Timeline", "Suspect changes", "Action items"):
        await expect(page.get_by_role("heading", name=section, exact=True)).to_be_visible()
    await expect(page.get_by_role("table").first).to_be_visible()


async def test_what_is_nowhere_is_said_so(story: Story, page: Page) -> None:
    await page.goto(f"{story.product.url}/login")
    await page.get_by_label("Token").fill(API_TOKEN)
    await page.get_by_role("button", name="Log in").click()
    answer = await page.goto(f"{story.product.url}/incidents/INC-999999")
    assert answer is not None
    assert answer.status == 404
    await expect(page.locator("body")).to_contain_text("INC-999999")
