from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.kafka.traced import TracedPublisher
from bot.web.tracing import traced
from tests.kafka.memory import MemoryPublisher
from tests.support.spans import SENDER, TRACE, Spans, about, failed, trace_of
from tests.web.fakes import API, a_view, deps
from tests.web.fakes import SENDER as TOKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

    Serve = Callable[[WebDeps], Awaitable[Web]]

CHANGE = {
    "id": "d1", "source": "ci", "type": "deploy", "service": "checkout", "time": "2026-11-21T11:00:00Z",
}  # fmt: skip


async def test_a_request_is_a_span_of_its_senders_trace(serve: Serve) -> None:
    spans = Spans()
    served = await serve(deps(tracer=spans.tracer))
    await served.client.post("/api/v1/events", json=CHANGE, headers={**TOKEN, "TraceParent": SENDER})
    span = spans.one("POST /api/v1/events")
    assert trace_of(span) == TRACE
    assert about(span) == {
        "http.request.method": "POST", "http.route": "/api/v1/events", "http.response.status_code": 202,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/static/console.css", "/nowhere"])
async def test_what_watches_over_us_is_not_traced(serve: Serve, path: str) -> None:
    spans = Spans()
    served = await serve(deps(tracer=spans.tracer))
    await served.client.get(path, headers=API)
    assert spans.names() == []


async def test_a_refusal_is_no_failure_of_ours_and_a_broken_part_is(serve: Serve) -> None:
    spans = Spans()
    served = await serve(deps(a_view(), tracer=spans.tracer))
    await served.client.post("/api/v1/events", json=CHANGE)
    served.publisher.reachable = False
    assert (await served.client.post("/api/v1/events", json=CHANGE, headers=TOKEN)).status == 503
    statuses = [about(span)["http.response.status_code"] for span in spans.all("POST /api/v1/events")]
    assert statuses == [401, 503]
    assert [failed(span) for span in spans.all("POST /api/v1/events")] == [False, True]


async def test_an_answer_that_is_raised_is_passed_on() -> None:
    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/")

    spans = Spans()
    app = web.Application(middlewares=[traced(spans.tracer)])
    app.router.add_get("/old", elsewhere)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/old", allow_redirects=False)
    assert answer.status == about(spans.one("GET /old"))["http.response.status_code"] == 303
    assert not failed(spans.one("GET /old"))


async def test_what_a_request_publishes_is_of_its_trace() -> None:
    spans, inner = Spans(), MemoryPublisher()
    publisher = TracedPublisher(inner, spans.tracer)
    with spans.tracer.request("POST /x", {"traceparent": SENDER}, {}):
        await publisher.publish([], 1.0)
    assert {trace_of(span) for name in spans.names() for span in spans.all(name)} == {TRACE}
