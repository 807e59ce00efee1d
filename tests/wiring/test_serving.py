from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import web

from bot.domain.errors import ConfigurationError
from bot.wiring.serving import address_of, listen, serving


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("localhost", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),
    ],
)
def test_an_address_that_people_can_open(host: str, address: str) -> None:
    with contextlib.closing(listen(host, 0, "TOCSIN_HTTP_PORT")) as listener:
        assert address_of(listener).startswith(address)


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_version_6(host: str) -> None:
    try:
        listener = listen(host, 0, "TOCSIN_HTTP_PORT")
    except ConfigurationError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    with contextlib.closing(listener):
        assert address_of(listener).startswith("http://[::1]:")


def test_a_port_that_is_taken_names_its_setting() -> None:
    with contextlib.closing(listen("127.0.0.1", 0, "A")) as first:
        port = first.getsockname()[1]
        with pytest.raises(
            ConfigurationError, match=rf"127\.0\.0\.1:{port}: Address already in use.*with B$"
        ):
            listen("127.0.0.1", port, "B")


@pytest.mark.parametrize("host", ["192.0.2.1", "no..such..name", "x" * 300])
def test_a_host_that_is_not_ours(host: str) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot listen on {host}:0: .*TOCSIN_HTTP_HOST"):
        listen(host, 0, "TOCSIN_HTTP_HOST")


async def test_requests_in_hand_are_finished() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        begun.set()
        await go_on.wait()
        return web.Response(text="done")

    app = web.Application()
    app.router.add_get("/", slow)
    listener = listen("127.0.0.1", 0, "A")
    url = address_of(listener)
    async with aiohttp.ClientSession() as session:

        async def ask() -> str:
            async with session.get(url) as response:
                return await response.text()

        async with serving(app, listener):
            answer = asyncio.create_task(ask())
            await begun.wait()
            asyncio.get_running_loop().call_later(0.05, go_on.set)
        assert await answer == "done"
        with pytest.raises(aiohttp.ClientConnectionError):
            await ask()
