"""A page in headless Chromium; when a test fails, a picture of what it saw is kept."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.harness.fixtures import method_reference, running, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Page

__all__ = ["method_reference", "running", "story"]

PICTURES = Path(tempfile.gettempdir()) / "tocsin-pages"
PATIENCE_MS = 15_000
FAILED = pytest.StashKey[bool]()


@pytest.fixture
async def context(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[BrowserContext]:
    """A browser without a past. No page may raise an error in its script."""
    opened = await browser.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    errors: list[str] = []
    opened.on("weberror", lambda error: errors.append(str(error.error)))
    yield opened
    if request.node.stash.get(FAILED, False):
        PICTURES.mkdir(exist_ok=True)
        for number, page in enumerate(opened.pages):
            path = PICTURES / f"{request.node.name}-{number}.png"
            await page.screenshot(path=path, full_page=True)
            request.node.user_properties.append(("picture", str(path)))
    await opened.close()
    assert errors == []


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """A page of it."""
    return await context.new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Tell the fixtures that the test itself has failed, and the reader where its pictures are."""
    report: pytest.TestReport = yield
    if call.when == "call" and report.failed:
        item.stash[FAILED] = True
        report.sections.append(("pictures", f"{PICTURES}/{item.name}-*.png"))
    return report
