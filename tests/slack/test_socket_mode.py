"""Socket Mode against the local Slack: ready after a round trip, rebuilt when dead, ended when told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.localslack.faults import Fault
from bot.localslack.server import start
from bot.slack.app import create_bolt_app
from bot.slack.socket_mode import SocketMode
from tests.slack.person import PersonInSlack
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.localslack.server import RunningLocalSlack
    from bot.settings import Settings
    from bot.slack.listeners.desk import Desk
    from bot.slack.metrics import SlackMetrics
    from tests.slack.fake_deps import FakeUseCases


def port_of(slack: RunningLocalSlack) -> int:
    return urlsplit(slack.url).port or 0


@pytest.fixture
async def socket(settings: Settings, desk: Desk, metrics: SlackMetrics) -> AsyncIterator[SocketMode]:
    mode = SocketMode(
        create_bolt_app(settings, desk),
        settings,
        metrics,
        check_every=0.1,
        answer_within=2,
        connect_within=2,
        pauses=(0.05,),
    )
    running = asyncio.create_task(mode.run())
    yield mode
    mode.stop()
    await asyncio.wait_for(running, 10)
    assert not mode.ready


async def test_a_command_comes_through_the_socket(
    slack: RunningLocalSlack, socket: SocketMode, desk: Desk, use_cases: FakeUseCases
) -> None:
    await eventually(lambda: socket.ready, what="readiness")
    await PersonInSlack(slack.slack, desk.intake).types("/incident ack 12")
    assert use_cases.asked == [("acknowledge", "INC-12", "ada")]
    assert slack.slack.journal.deliveries("slash_commands")[-1]["transport"] == "socket"


async def test_a_session_that_dies_is_rebuilt(
    slack: RunningLocalSlack, socket: SocketMode, metrics: SlackMetrics
) -> None:
    await eventually(lambda: socket.ready, what="readiness")
    await slack.stop()
    await eventually(lambda: not socket.ready, what="the loss to be noticed")
    again = await start(slack.slack.workspace.settings.model_copy(update={"port": port_of(slack)}))
    try:
        await eventually(lambda: socket.ready, what="readiness again")
        assert metrics.socket_sessions._value.get() >= 2
    finally:
        socket.stop()
        await again.stop()


async def test_a_refresh_that_slack_asks_for_keeps_us_ready(
    slack: RunningLocalSlack, socket: SocketMode, desk: Desk, use_cases: FakeUseCases
) -> None:
    await eventually(lambda: socket.ready, what="readiness")
    async with aiohttp.ClientSession() as session, session.post(f"{slack.url}local/refresh") as response:
        assert (await response.json())["sockets"] == 1
    await eventually(lambda: len(slack.slack.journal.calls("apps.connections.open")) >= 2, what="a new one")
    await eventually(lambda: socket.ready, what="readiness")
    person = PersonInSlack(slack.slack, desk.intake)

    async def heard() -> bool:
        await person.types("/incident ack 12")
        return bool(use_cases.asked)

    await eventually(heard, what="a command through the new session")


async def test_a_refused_token_is_tried_again(
    slack: RunningLocalSlack, settings: Settings, desk: Desk, metrics: SlackMetrics
) -> None:
    slack.slack.faults.add(
        Fault(method="apps.connections.open", kind="error", error="invalid_auth", times=99)
    )
    mode = SocketMode(
        create_bolt_app(settings, desk),
        settings,
        metrics,
        connect_within=0.2,
        pauses=(0.01,),
        check_every=0.1,
    )
    running = asyncio.create_task(mode.run())
    await eventually(
        lambda: len(slack.slack.journal.calls("apps.connections.open")) >= 2, what="two attempts"
    )
    assert not mode.ready
    slack.slack.faults.clear()
    await eventually(lambda: mode.ready, what="readiness")
    mode.stop()
    await asyncio.wait_for(running, 10)


class SilentSession:
    """A connection that is open and never answers; `ping` may fail outright."""

    closed = False

    def __init__(self, error: Exception | None = None, *, closes: bool = False) -> None:
        self._error = error
        self._closes = closes

    async def ping(self, _data: bytes) -> None:
        if self._error is not None:
            raise self._error
        self.closed = self._closes


@pytest.mark.parametrize(
    "session", [None, SilentSession(), SilentSession(ConnectionResetError()), SilentSession(closes=True)]
)
async def test_a_session_that_does_not_answer_is_dead(
    settings: Settings, desk: Desk, metrics: SlackMetrics, session: Any
) -> None:
    class Client:
        current_session = session
        last_ping_pong_time = None

    mode = SocketMode(create_bolt_app(settings, desk), settings, metrics, answer_within=0.1)
    assert not await mode._answers(cast("Any", Client()))


async def test_a_session_that_cannot_be_closed_is_left(
    settings: Settings, desk: Desk, metrics: SlackMetrics
) -> None:
    class Handler:
        async def close_async(self) -> None:
            raise ConnectionResetError

    mode = SocketMode(create_bolt_app(settings, desk), settings, metrics)
    await mode._close(cast("Any", Handler()))
