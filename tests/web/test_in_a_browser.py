"""The console in a real browser: what only a browser can tell about cookies, policies and refreshing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.incident import State
from tests.web.fakes import a_view, deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web


async def test_a_person_logs_in_acts_and_sees_what_others_do(
    browser: Browser, serve: Callable[[WebDeps], Awaitable[Web]]
) -> None:
    web = await serve(deps(a_view()))
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)

    await page.goto(str(web.client.make_url("/incidents/INC-12")))
    await page.get_by_label("Token").fill("api-token")
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Acknowledge").click()
    await page.locator(".pill.acknowledged").wait_for()
    assert web.cases.people[0].name == "the console"

    await page.locator("summary").first.click()
    web.cases.views[0].incident.state = State.MONITORING
    await page.locator(".pill.monitoring").wait_for(timeout=15_000)
    assert await page.locator("details[open]").count() == 1

    await page.get_by_role("button", name="Log out").click()
    await page.get_by_label("Token").wait_for()
    assert complaints == []


async def test_an_address_with_the_token_logs_in(
    browser: Browser, serve: Callable[[WebDeps], Awaitable[Web]]
) -> None:
    web = await serve(deps(a_view()))
    page = await browser.new_page()
    await page.goto(str(web.client.make_url("/login")) + "#token=api-token")
    await page.get_by_text("HighErrorRate on checkout").wait_for()
    assert "token" not in page.url
