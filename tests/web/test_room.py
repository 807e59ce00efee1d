from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

from bot.web.deps import Limits
from bot.web.room import ROOM
from tests.ingest.test_alertmanager import alert
from tests.web.fakes import SENDER, deps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    import pytest

    from bot.app.ports import OutRecord
    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

PATH = "/api/v1/webhooks/alertmanager"


async def test_bodies_beyond_the_room_are_asked_to_come_again(
    serve: Callable[[WebDeps], Awaitable[Web]], monkeypatch: pytest.MonkeyPatch
) -> None:
    web = await serve(deps(limits=Limits(body_bytes=1000, bodies_bytes=1000)))
    arrived, let_go = asyncio.Event(), asyncio.Event()

    async def slow(_records: Sequence[OutRecord], within: float) -> None:
        arrived.set()
        await asyncio.wait_for(let_go.wait(), within)

    monkeypatch.setattr(web.publisher, "publish", slow)
    first = asyncio.create_task(web.client.post(PATH, json={"alerts": [alert()]}, headers=SENDER))
    await arrived.wait()
    compressed = SENDER | {"Content-Encoding": "gzip"}
    for data, headers in ((b" " * 950, SENDER), (gzip.compress(b" " * 950), compressed)):
        second = await web.client.post(PATH, data=data, headers=headers)
        assert (second.status, second.headers["Retry-After"]) == (503, "5")
    let_go.set()
    assert (await first).status == 202
    assert free(web) == 1000


async def test_who_sends_nothing_holds_nothing(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(limits=Limits(body_bytes=1000, bodies_bytes=1000)))
    begun, let_go = asyncio.Queue[None](), asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield b" "
        begun.put_nowait(None)
        await let_go.wait()

    senders = [asyncio.create_task(web.client.post(PATH, data=stalled(), headers=SENDER)) for _ in range(8)]
    for _ in senders:
        await begun.get()
    answer = await web.client.post(PATH, json={"alerts": [alert()]}, headers=SENDER)
    assert answer.status == 202
    let_go.set()
    assert {one.status for one in await asyncio.gather(*senders)} == {400}
    assert free(web) == 1000


def free(web: Web) -> int:
    app = web.client.app
    assert app is not None
    return app[ROOM].free
