"""A local workspace at work, a client of it, and a hand on its control API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.localslack.ids import counting_ids, random_id
from bot.localslack.server import start
from bot.localslack.workspace import Workspace
from tests.localslack.harness import Clock, Hand, check_declared, instantly, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.localslack.server import RunningLocalSlack


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(settings(), Clock(1_790_000_000.0), counting_ids())


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[RunningLocalSlack]:
    """A server without rate limits; every error that it gave must be one that its method declares."""
    running = await start(settings(), clock=clock, ids=random_id, sleep=instantly)
    yield running
    await running.stop()
    check_declared(running)


@pytest.fixture
async def client(slack: RunningLocalSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.slack.workspace.app.bot_token, base_url=slack.api_url)


@pytest.fixture
async def hand(slack: RunningLocalSlack) -> AsyncIterator[Hand]:
    async with Hand.of(slack) as hand:
        yield hand
