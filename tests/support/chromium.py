"""Chromium of the machine, driven by Playwright. Its driver ends the browser when the test process dies."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if find_spec("playwright") is not None:  # the environments of the pure tests do without
    from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

ARGUMENTS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium_program() -> str | None:
    """Debian's name or others', or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@asynccontextmanager
async def headless_browser() -> AsyncIterator[Browser]:
    """A headless browser; ask it for `new_context()` or `new_page()`.

    Raises:
        FileNotFoundError: there is no Chromium.
    """
    program = chromium_program()
    if program is None:
        raise FileNotFoundError("chromium")
    # Chromium's sandbox refuses root; the pages are our own.
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()
