"""A real Prometheus and Alertmanager watch a real failing process, with the files of the how-to."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.harness.product import WEBHOOK_TOKEN
from tests.support.http_probe import answers
from tests.support.ports import free_port
from tests.support.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.harness.story import Story
    from tests.support.alertmanager import Alertmanager
    from tests.support.prometheus import Prometheus

EXAMPLE = Path(__file__).parents[2] / "docs" / "how-to" / "example"
WITHIN_S = 60.0


@contextlib.contextmanager
def payments(folder: Path, port: int) -> Iterator[None]:
    """The service of the how-to."""
    process = ServerProcess(
        "payments", [sys.executable, EXAMPLE / "payments.py", str(port)], folder / "payments.log"
    )
    process.start()
    try:
        process.await_ready(partial(answers, port, "/metrics"), within=10)
        yield
    finally:
        process.stop()


@contextlib.asynccontextmanager
async def users(story: Story, address: str) -> AsyncIterator[None]:
    """Somebody who pays ten times a second."""

    async def pay() -> None:
        while True:
            async with story.session.get(f"{address}/pay") as answer:
                await answer.read()
            await asyncio.sleep(0.1)

    paying = asyncio.create_task(pay())
    try:
        yield
    finally:
        paying.cancel()
        await asyncio.wait({paying})


def of_the_how_to(name: str, **replaced: str) -> str:
    """A file of the how-to with this test's addresses in the place of the usual ones."""
    text = (EXAMPLE / name).read_text()
    for old, new in replaced.items():
        usual = {"target": "127.0.0.1:9300", "alertmanager": "127.0.0.1:9093", "environment": "production"}
        usual |= {
            "webhook": "http://127.0.0.1:8080/api/v1/webhooks/alertmanager",
            "credentials": "credentials_file: tocsin-token",
        }
        assert usual[old] in text, (name, old)
        text = text.replace(usual[old], new)
    return text


async def test_a_failing_process_drives_the_whole_way(
    story: Story,
    start_alertmanager: Callable[..., Alertmanager],
    start_prometheus: Callable[[str, str], Prometheus],
    tmp_path: Path,
) -> None:
    port = free_port()
    service = f"http://127.0.0.1:{port}"
    alertmanager = start_alertmanager(
        configuration=of_the_how_to(
            "alertmanager.yml",
            webhook=f"{story.product.url}/api/v1/webhooks/alertmanager",
            credentials=f"credentials: {WEBHOOK_TOKEN}",
        )
    )
    watched = of_the_how_to(
        "prometheus.yml",
        target=f"127.0.0.1:{port}",
        alertmanager=alertmanager.url.removeprefix("http://"),
        environment=story.environment,
    )
    with payments(tmp_path, port):
        async with users(story, service):
            start_prometheus(watched, of_the_how_to("rules.yml"))
            change = await story.change("payments", minutes_ago=0)
            async with story.session.post(f"{service}/break") as answer:
                assert await answer.text() == "broken\n"
            channel = await story.expect_channel("payments", within=WITHIN_S)
            await channel.expect("payments answers", "1 firing of 1")
            incident = await story.incident()
            assert [suspect["change_id"] for suspect in incident["suspects"]] == [change]
            async with story.session.post(f"{service}/mend") as answer:
                assert await answer.text() == "well\n"

            async def monitoring() -> bool:
                return bool((await story.look_at(incident["id"]))["state"] == "monitoring")

            await story.until(monitoring, "the incident is only monitored", WITHIN_S)
    await story.act(incident["id"], "resolve")
    assert "Postmortem draft" in await story.expect_postmortem(incident["id"])
