# ruff: noqa: INP001 - a script, in no package
"""Makes the pictures of the documentation anew, from a run of the demo. `make pictures` calls it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES: Final = Path(__file__).with_name("images")
TOCSIN: Final = Path(sys.executable).with_name("tocsin")
PACE_S: Final = 6
WITHIN_MS: Final = 30_000
LARGEST: Final = 250_000
_NOT_CONFIGURED: Final = (
    "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "SLACK_API_URL", "TOCSIN_CONFIG", "TOCSIN_API_TOKEN",
    "TOCSIN_WEBHOOK_TOKEN", "TOCSIN_PAGER_URL", "TOCSIN_DATA_DIR",
)  # fmt: skip


def main() -> None:
    """Run the demo and photograph it while it is told."""
    IMAGES.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_CONFIGURED}
    environment |= {"TOCSIN_HTTP_PORT": "0", "TOCSIN_SLACK_PORT": "0"}
    with tempfile.TemporaryDirectory(prefix="tocsin-pictures-") as folder:
        command: list[str | Path] = [
            TOCSIN,
            "demo",
            "-o",
            "json",
            "--pace",
            str(PACE_S),
            "--data-dir",
            folder,
        ]
        demo = subprocess.Popen(  # noqa: S603 - our own program
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            if demo.stdout is None or demo.stderr is None:
                raise SystemExit("the demo has no pipes")
            photograph(json.loads(demo.stdout.readline()), demo.stderr)
        finally:
            demo.terminate()
            demo.wait(30)


def photograph(addresses: dict[str, str], said: IO[str]) -> None:
    """Take every picture; `said` is what the demo tells about its story."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, device_scale_factor=1, color_scheme="light"
        )
        context.set_default_timeout(WITHIN_MS)
        page = context.new_page()
        wait_for(said, "Ada acknowledges")
        page.goto(addresses["slack"])
        page.get_by_test_id("channel-list").get_by_role("button", name=re.compile("inc-1-")).click()
        messages = page.get_by_test_id("messages")
        expect(messages.get_by_test_id("message").first).to_contain_text("Acknowledged")
        expect(messages.get_by_role("button", name="Approve")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 1280})  # status and suspects in one picture
        messages.evaluate("shown => { shown.scrollTop = 0 }")
        keep(page, "demo-channel")
        page.set_viewport_size({"width": 1280, "height": 900})
        messages.get_by_role("button", name="Silence…").first.click()
        expect(page.get_by_test_id("modal-title")).to_have_text("Silence alerts")
        keep(page, "silence-window")
        page.get_by_test_id("modal-cancel").click()
        wait_for(said, "The story is told")
        console = f"{addresses['web']}/login#token={addresses['webhook_token']}"
        page.goto(console)
        page.wait_for_url(f"{addresses['web']}/")
        page.goto(f"{addresses['web']}/incidents/INC-1")
        keep(page, "demo-incident")
        page.goto(f"{addresses['web']}/incidents/INC-1/postmortem")
        keep(page, "demo-postmortem")
        browser.close()


def wait_for(said: IO[str], words: str) -> None:
    """Read on until the demo says these words."""
    for line in said:
        sys.stderr.write(line)
        if words in line:
            return
    raise SystemExit(f"the demo ended before it said {words!r}")


def keep(page: Page, name: str) -> None:
    """Write the picture of what the page shows."""
    path = IMAGES / f"{name}.png"
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}")
    sys.stderr.write(f"-> {path}\n")


if __name__ == "__main__":
    main()
