"""What these tests share: settings, a clock to set, a hand on the control API, an app to talk to."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from bot.localslack.api.endpoint import METHODS
from bot.localslack.api.gate import EVERYWHERE
from bot.localslack.listen import bind
from bot.localslack.settings import AppSettings, LocalSlackSettings, Shortcut, SlashCommand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.localslack.server import RunningLocalSlack

Json = dict[str, Any]
ADA, GRACE, LINUS = "U0ADA00001", "U0GRACE002", "U0LINUS003"


@dataclass
class Clock:
    """A clock that goes on when told to."""

    now: float

    def __call__(self) -> float:
        return self.now


def settings(**changes: Any) -> LocalSlackSettings:
    app = AppSettings(
        commands=(SlashCommand(command="/incident"),),
        shortcuts=(
            Shortcut(name="Declare", callback_id="declare"),
            Shortcut(name="Note", callback_id="note", kind="message"),
        ),
    )
    app = app.model_copy(update=changes.pop("app", {}))
    defaults: Json = {"rate_limits": False, "ack_timeout": 1.0, "retry_backoff": (0, 0, 0), "app": app}
    return LocalSlackSettings(**{**defaults, **changes})


async def instantly(_seconds: float) -> None:
    await asyncio.sleep(0)


async def error_of(call: Awaitable[Any]) -> str:
    """Return the name of the error that a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; not for ever, but for as long as an event takes that is sent a second time."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the condition is a plain question without an event to wait for
            await asyncio.sleep(0.01)


def check_declared(slack: RunningLocalSlack) -> None:
    """Every error that was given is declared by its method."""
    for call in slack.slack.journal.calls():
        if call["error"] and not call["fault"] and call["method"] in METHODS and call["method"] != "api.test":
            assert call["error"] in METHODS[call["method"]].errors | EVERYWHERE, call


@dataclass
class Hand:
    """The control API, as a person or a test uses it."""

    url: str
    session: aiohttp.ClientSession

    @classmethod
    @asynccontextmanager
    async def of(cls, slack: RunningLocalSlack) -> AsyncIterator[Self]:
        async with aiohttp.ClientSession() as session:
            yield cls(slack.url, session)

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(f"{self.url}local/{path}", params=query) as response:
            return dict(await response.json())

    async def post(self, path: str, **body: Any) -> Json:
        async with self.session.post(f"{self.url}local/{path}", json=body) as response:
            return dict(await response.json())

    async def delete(self, path: str) -> Json:
        async with self.session.delete(f"{self.url}local/{path}") as response:
            return dict(await response.json())

    async def messages(self, channel: str, user: str = "ada") -> list[Json]:
        return list((await self.get(f"channels/{channel}/messages", user=user))["messages"])


@dataclass
class Received:
    """One request as the app got it."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """The payload, whichever way it was carried."""
        if self.headers["Content-Type"] == "application/json":
            return dict(json.loads(self.body))
        form = dict(parse_qsl(self.body.decode()))
        return dict(json.loads(form["payload"])) if "payload" in form else dict(form)


@dataclass
class Receiver:
    """An app that keeps what it gets and answers as told: with JSON, text, a status, or not in time."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)

    async def handle(self, request: web.Request) -> web.Response:
        received = Received(dict(request.headers), await request.read())
        self.requests.append(received)
        await asyncio.sleep(self.delay)
        answer = self.answers.get(received.json.get("type") or "command")
        if isinstance(answer, dict):
            return web.json_response(answer, status=self.status, headers=self.headers)
        return web.Response(text=answer or "", status=self.status, headers=self.headers)

    def of(self, kind: str) -> list[Json]:
        """Return the payloads of one type; an event's own type counts."""
        bodies = [request.json for request in self.requests]
        return [
            b for b in bodies if kind in {b.get("type"), b.get("command"), b.get("event", {}).get("type")}
        ]


@asynccontextmanager
async def receiver(slack: RunningLocalSlack) -> AsyncIterator[Receiver]:
    """Run an app to which the workspace delivers."""
    received = Receiver()
    app = web.Application()
    app.router.add_post("/slack/events", received.handle)
    listener = bind("127.0.0.1", 0)
    received.url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    slack.send_to(received.url)
    try:
        yield received
    finally:
        await runner.cleanup()
