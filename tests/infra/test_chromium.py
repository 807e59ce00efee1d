from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser


async def test_a_page_runs_its_script(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<button onclick=\"this.textContent = 'done'\">do</button>")
    await page.click("button")
    assert await page.text_content("button") == "done"
