from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from bot.domain.errors import BrokerUnavailableError
from bot.web import health
from bot.web.app import create_health_app
from tests.web.fakes import deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web


async def well() -> None:
    return


async def no_broker() -> None:
    raise BrokerUnavailableError("no broker answers")


async def broken() -> None:
    raise ValueError("postgres://user:s3cret@host")


async def stuck() -> None:
    await asyncio.Event().wait()


async def test_what_fails_is_named(
    serve: Callable[[WebDeps], Awaitable[Web]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    checks = {"postgres": well, "kafka": no_broker, "schema": broken, "slack": stuck}
    web = await serve(deps(checks=checks))
    answer = await web.client.get("/readyz")
    told = await answer.json()
    assert (answer.status, told["status"], told["failing"]) == (503, "failing", ["kafka", "schema", "slack"])
    assert "no broker answers" in told["checks"]["kafka"]["problem"]
    assert told["checks"]["schema"]["problem"] == "ValueError"
    assert "no answer" in told["checks"]["slack"]["problem"]
    assert told["checks"]["postgres"] == {"ok": True}
    assert (await web.client.get("/healthz")).status == 200


async def test_a_check_whose_clean_up_hangs_is_let_go(
    serve: Callable[[WebDeps], Awaitable[Web]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    over = asyncio.Event()

    async def clings() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await over.wait()
            raise OSError("the connection is gone")

    web = await serve(deps(checks={"database": clings}))
    assert (await (await web.client.get("/readyz")).json())["failing"] == ["database"]
    over.set()


async def test_ready(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(checks={"postgres": well}))
    answer = await web.client.get("/readyz")
    assert (answer.status, (await answer.json())["status"]) == (200, "ready")


async def test_metrics_count_by_route_and_not_by_address(web: Web) -> None:
    for path in ("/api/v1/incidents/INC-1", "/api/v1/incidents/INC-2", "/strange/address"):
        await web.client.get(path)
    await web.client.request("PROPFIND", "/healthz")
    answer = await web.client.get("/metrics")
    text = await answer.text()
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert 'route="/api/v1/incidents/{id}",status="401"} 2.0' in text
    assert 'route="unmatched"' in text
    assert 'method="other"' in text
    assert "INC-1" not in text


async def test_a_process_without_the_rest_has_health_all_the_same() -> None:
    registry = CollectorRegistry()
    async with TestClient(TestServer(create_health_app({"kafka": no_broker}, registry))) as client:
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/readyz")).status == 503
        assert (await client.get("/metrics")).status == 200
        missing = await client.get("/")
        assert (missing.status, missing.content_type) == (404, "application/problem+json")
