"""`tocsin demo`: with nothing configured it tells its story, and its pages show it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.harness.product import PROGRAM
from tests.pages.slack_page import SlackPage
from tests.support.ports import free_port
from tests.support.process import ServerProcess
from tests.support.waiting import eventually, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from tests.harness.method_reference import MethodReference

TOLD = "The story is told"
NOT_CONFIGURED = (
    "DATABASE_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "SLACK_API_URL",
    "TOCSIN_CONFIG",
    "TOCSIN_API_TOKEN",
)


@pytest.fixture
def demo() -> Iterator[ServerProcess]:
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
        process = ServerProcess(
            "tocsin demo",
            [PROGRAM, "demo", "-o", "json", "--pace", "0.05", "--data-dir", str(Path(folder, "data"))],
            Path(folder, "log"),
            environment={
                **dict.fromkeys(NOT_CONFIGURED, ""),
                "TOCSIN_HTTP_PORT": str(free_port()),
                "TOCSIN_SLACK_PORT": str(free_port()),
            },
        )
        process.start()
        yield process
        process.stop()
        assert process.returncode == 0, process.tail()


def addresses(demo: ServerProcess) -> dict[str, str]:
    """What it prints when it is ready."""

    def line() -> str:
        assert demo.running, demo.tail()
        return next((one for one in demo.tail(200).splitlines() if one.startswith('{"web"')), "")

    return dict(json.loads(wait_until(line, within=30, what="the line with the addresses")))


async def test_the_demo_tells_its_story(
    demo: ServerProcess, page: Page, method_reference: MethodReference | None
) -> None:
    where = addresses(demo)
    slack = SlackPage(page)
    await slack.open(where["slack"])
    await slack.enter("inc-1-")
    await eventually(lambda: TOLD in demo.tail(200), within=45, what=f"{TOLD}\n{demo.tail()}")

    await slack.read("Why it opened", "RESOLVED", "checkout", "storefront", "@ada", "closed by @grace")
    await slack.read("Suspect changes", "Retry card authorisations at once", "it was rolled back, and")
    await slack.read("Playbook: First look", "done")
    await slack.read("Postmortem draft", "Read the whole draft")

    await page.goto(f"{where['web']}/login#token={where['webhook_token']}")
    await page.locator(".card").filter(has_text="INC-1").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INC-1")
    await expect(page.get_by_role("main")).to_contain_text("Retry card authorisations at once")
    await page.get_by_role("link", name="Postmortem draft").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Postmortem draft: INC-1")

    if method_reference is not None:
        answer = await page.request.get(f"{where['slack']}local/calls")
        assert method_reference.problems((await answer.json())["calls"]) == []
