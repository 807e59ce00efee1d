"""What can happen to a body on its way: it stalls, trickles, breaks, or is none that is read here."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest
from aiohttp import web as aiohttp_web

from bot.web.app import create_app
from bot.web.deps import Limits
from tests.web.fakes import API, SENDER, deps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

PATH = "/api/v1/webhooks/alertmanager"
SLACK = "/slack/events"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def handler(request: aiohttp_web.Request) -> aiohttp_web.Response:
    return aiohttp_web.Response(body=await request.read())


@pytest.mark.parametrize("path", [PATH, "/api/v1/events", "/api/v1/incidents", "/login", SLACK])
async def test_a_body_that_stalls_is_a_408_and_the_end_of_its_connection(
    serve: Callable[[WebDeps], Awaitable[Web]], path: str
) -> None:
    web = await serve(deps(slack=handler, limits=Limits(stall_seconds=0.01, body_seconds=0.05)))
    let_go = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await let_go.wait()

    headers = FORM if path == "/login" else API if path.endswith("incidents") else SENDER
    answer = await web.client.post(path, data=stalled(), headers=headers)
    assert (answer.status, answer.content_type) == (408, "application/problem+json")
    assert answer.headers["Connection"] == "close"
    let_go.set()


async def test_a_body_that_trickles_ends_too(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(limits=Limits(body_seconds=0.05)))
    answered = asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        while not answered.is_set():
            yield b" "
            await asyncio.sleep(0)

    answer = await web.client.post(PATH, data=trickle(), headers=SENDER)
    answered.set()
    assert answer.status == 408


@pytest.mark.parametrize("path", [PATH, SLACK])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"nonsense"),
        ("gzip", gzip.compress(b"{}" * 99) + b"nonsense"),
        ("deflate", b"\xff" * 70_000),
    ],
    ids=["nonsense", "nonsense behind it", "long nonsense"],
)
async def test_what_cannot_be_decompressed_is_the_senders_fault(
    serve: Callable[[WebDeps], Awaitable[Web]],
    path: str,
    encoding: str,
    body: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    web = await serve(deps(slack=handler))
    headers = SENDER | {"Content-Encoding": encoding}
    answer = await web.client.post(path, data=body, headers=headers)
    assert (answer.status, answer.content_type) == (400, "application/problem+json")
    assert answer.headers["Connection"] == "close"
    assert (await web.client.get("/healthz")).status == 200
    assert "Traceback" not in caplog.text


async def test_a_sender_that_goes_away_is_no_failure_of_ours() -> None:
    given = deps()
    # Not the test's own server: that one cancels handlers of connections that are gone, a real one does not.
    runner = aiohttp_web.AppRunner(create_app(given))
    await runner.setup()
    await aiohttp_web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    _, writer = await asyncio.open_connection(host, port)
    token = SENDER["Authorization"]
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 9\r\n\r\n"
    writer.write(head.encode() + b"{")
    await writer.drain()
    writer.close()
    labels = {"method": "POST", "route": "/api/v1/webhooks/{source}", "status": "400"}
    async with asyncio.timeout(5):
        while not given.registry.get_sample_value("tocsin_http_requests_total", labels):  # noqa: ASYNC110 -- counters call nobody
            await asyncio.sleep(0)
    await runner.cleanup()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"nonsense", 415),
        ({"Content-Type": "multipart/form-data"}, b"", 415),
        (FORM, b"token=\xff", 400),
        (FORM, b"&".join([b"a=1"] * 101), 400),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}, b"token=x", 401),
        (FORM, b"token=%00%ff", 401),
        (FORM, b"", 401),
    ],
)
async def test_a_form_of_another_kind_is_refused(
    web: Web, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = await web.client.post("/login", data=body, headers=headers)
    assert answer.status == status
