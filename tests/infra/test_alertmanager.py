from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from tests.support.ports import free_port
from tests.support.prometheus import watching
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.alertmanager import Alertmanager
    from tests.support.prometheus import Prometheus

RULES = """\
groups:
  - name: watched
    rules:
      - alert: Broken
        expr: broken == 1
        labels: {service: checkout}
"""


class Receiver:
    """A webhook's other end: it remembers what came in, and serves a gauge to be scraped."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.broken = 1
        self.port = free_port()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/hook", self._hook)
        application.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _hook(self, request: web.Request) -> web.Response:
        self.tokens.add(request.headers["Authorization"])
        self.bodies.append(await request.json())
        return web.Response(status=202)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(text=f"broken {self.broken}\n")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


async def test_alertmanager_sends_what_it_is_told(
    receiver: Receiver, start_alertmanager: Callable[..., Alertmanager]
) -> None:
    alertmanager = start_alertmanager(f"http://127.0.0.1:{receiver.port}/hook", "secret")
    async with aiohttp.ClientSession() as session:
        alert = {"labels": {"alertname": "Broken", "service": "checkout"}}
        async with session.post(f"{alertmanager.url}/api/v2/alerts", json=[alert]) as answer:
            assert answer.status == 200
    await eventually(lambda: receiver.bodies, what="a notification")
    assert receiver.bodies[0]["version"] == "4"
    assert receiver.bodies[0]["alerts"][0]["labels"]["service"] == "checkout"
    assert receiver.tokens == {"Bearer secret"}


async def test_prometheus_watches_and_alertmanager_tells(
    receiver: Receiver,
    start_alertmanager: Callable[..., Alertmanager],
    start_prometheus: Callable[[str, str], Prometheus],
) -> None:
    alertmanager = start_alertmanager(f"http://127.0.0.1:{receiver.port}/hook", "secret")
    start_prometheus(watching(f"127.0.0.1:{receiver.port}", f"127.0.0.1:{alertmanager.port}"), RULES)
    await eventually(lambda: receiver.bodies, within=20, what="an alert that fires")
    assert receiver.bodies[0]["alerts"][0]["status"] == "firing"
    receiver.broken = 0
    await eventually(lambda: receiver.bodies[-1]["status"] == "resolved", within=30, what="the alert's end")


def test_alertmanager_can_be_killed_and_started_again(
    start_alertmanager: Callable[..., Alertmanager],
) -> None:
    alertmanager = start_alertmanager("http://127.0.0.1:9/hook", "secret")
    alertmanager.kill()
    assert not alertmanager.process.running
    alertmanager.start()
    alertmanager.restart()
    assert alertmanager.process.running
