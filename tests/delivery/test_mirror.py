"""Alertmanager's silences hold here, too: against a real one, and where one is away."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.delivery.mirror import SETTLED, MissingSecret, SilenceMirror
from bot.domain.errors import RemoteUnavailableError
from bot.domain.timer import TimerKind
from bot.toolbox.alertmanager import SilencesOfAlertmanager
from bot.toolbox.web import Web, open_session
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app.ports import Store
    from bot.delivery.mirror import Authorization
    from tests.support.alertmanager import Alertmanager

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ONE = (
    b'[{"id": "1", "status": {"state": "active"}, "startsAt": "2026-11-21T03:00:00Z", '
    b'"endsAt": "2026-11-21T04:00:00Z", "createdBy": "ada", "matchers": '
    b'[{"name": "service", "value": "checkout", "isRegex": false, "isEqual": true}]}]'
)


def now() -> datetime:
    return datetime.now(UTC)


async def silence(url: str, **matchers: str) -> str:
    """Make one as `amtool` does; gives its id."""
    body = {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in matchers.items()
        ],
        "startsAt": now().isoformat(),
        "endsAt": (now() + timedelta(hours=1)).isoformat(),
        "createdBy": "grace",
        "comment": "moving racks",
    }
    address = f"{url}/api/v2/silences"
    async with aiohttp.ClientSession() as session, session.post(address, json=body) as answer:
        return str((await answer.json())["silenceID"])


async def test_a_real_alertmanagers_silence_holds_until_it_ends_it(
    start_alertmanager: Callable[..., Alertmanager],
) -> None:
    alertmanager = await asyncio.to_thread(start_alertmanager, "http://127.0.0.1:9/hook", "token")
    name = await silence(alertmanager.url, service="checkout")
    store = FakeStore()
    async with open_session() as session:
        read = SilencesOfAlertmanager(Web(session, time.monotonic))
        mirror = SilenceMirror(cast("Store", store), now, read, lambda: {alertmanager.url: None})
        await mirror.turn()
        (quiet,) = store.state.quiets.values()
        assert (quiet.id, quiet.by, quiet.comment) == (f"{alertmanager.url}#{name}", "grace", "moving racks")
        assert quiet.holds({"service": "checkout"}, now())
        async with session.delete(f"{alertmanager.url}/api/v2/silence/{name}") as answer:
            assert answer.status == 200
        await mirror.turn()
        (ended,) = store.state.quiets.values()
        assert not ended.holds({"service": "checkout"}, now())
        due = store.state.timers[TimerKind.RECONSIDER, quiet.cause].timer.due_at
        assert due == ended.ends_at
        await asyncio.to_thread(alertmanager.kill)
        with pytest.raises(RemoteUnavailableError):
            await read(alertmanager.url)


async def test_while_one_is_away_what_it_said_last_holds_and_the_others_are_read() -> None:
    answers: dict[str, Any] = {"http://a": ONE, "http://b": ONE}
    store = FakeStore()

    async def read(url: str, _authorization: str | None) -> bytes:
        if isinstance(answers[url], Exception):
            raise answers[url]
        return bytes(answers[url])

    mirror = SilenceMirror(
        cast("Store", store), lambda: NOW, read, lambda: dict.fromkeys(answers), every=0.01
    )
    await mirror.turn()
    answers["http://a"], answers["http://b"] = RemoteUnavailableError("HTTP 503"), b"[]"
    await mirror.turn()
    ends = {one.source: one.ends_at for one in store.state.quiets.values()}
    assert ends == {"http://a": NOW + timedelta(hours=1), "http://b": NOW}
    stop = asyncio.Event()
    running = asyncio.create_task(mirror.run(stop))
    answers["http://a"] = b"nonsense"
    await asyncio.sleep(0)
    stop.set()
    await running
    assert {one.source: one.ends_at for one in store.state.quiets.values()} == ends


async def test_one_that_asks_who_comes_is_told() -> None:
    async def silences(request: web.Request) -> web.Response:
        known = request.headers.get("Authorization") == "Bearer open sesame"
        return web.Response(status=200 if known else 401, body=ONE)

    app = web.Application()
    app.router.add_get("/api/v2/silences", silences)
    async with TestServer(app) as server, open_session() as session:
        url, read = str(server.make_url("")), SilencesOfAlertmanager(Web(session, time.monotonic))
        assert await read(url, "Bearer open sesame") == ONE
        with pytest.raises(RemoteUnavailableError, match="HTTP 401"):
            await read(url)


async def test_what_is_configured_now_counts() -> None:
    store, asked = FakeStore(), []
    sources: dict[str, Authorization] = {"http://a": "Basic x", "http://b": MissingSecret("am")}

    async def read(url: str, authorization: str | None) -> bytes:
        asked.append((url, authorization))
        return ONE

    mirror = SilenceMirror(cast("Store", store), lambda: NOW, read, lambda: sources)
    with structlog.testing.capture_logs() as logs:
        await mirror.turn()
    assert asked == [("http://a", "Basic x")]
    assert [one["reason"] for one in logs if one["event"] == "silences cannot be read"] == [
        "TOCSIN_SECRET_AM is not set"
    ]
    assert [one.source for one in store.state.quiets.values() if one.ends_at > NOW] == ["http://a"]
    del sources["http://a"]
    store.reachable = False
    await mirror.turn()  # which must not end delivery
    store.reachable = True
    assert [one.source for one in store.state.quiets.values() if one.ends_at > NOW] == ["http://a"]
    await mirror.turn()
    assert [one for one in store.state.quiets.values() if one.ends_at > NOW] == []


async def test_what_was_taken_out_of_the_configuration_while_nobody_ran_ends_after_a_while() -> None:
    store, time = FakeStore(), [NOW]

    async def read(_url: str, _authorization: str | None) -> bytes:
        return ONE

    def mirroring(*urls: str) -> SilenceMirror:
        return SilenceMirror(cast("Store", store), lambda: time[0], read, lambda: dict.fromkeys(urls))

    def standing() -> list[str]:
        return sorted(one.source for one in store.state.quiets.values() if one.ends_at > time[0])

    await mirroring("http://old").turn()
    anew = mirroring("http://new")
    await anew.turn()
    assert standing() == ["http://new", "http://old"]  # another process may not know yet
    time[0] += SETTLED
    store.reachable = False
    await anew.turn()  # which must not end delivery
    store.reachable = True
    time[0] += SETTLED
    await anew.turn()
    assert standing() == ["http://new"]
