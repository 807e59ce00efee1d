"""A local Slack on a free port, and our gateway on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot.localslack.server import start
from bot.localslack.settings import AppSettings, LocalSlackSettings
from bot.slack.gateway import SlackChat
from bot.slack.manifest import SCOPES
from bot.slack.metrics import SlackMetrics
from bot.slack.webapi import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.localslack.server import RunningLocalSlack
    from bot.slack.webapi import WebApi


@pytest.fixture
def metrics() -> SlackMetrics:
    return SlackMetrics(CollectorRegistry())


@pytest.fixture
async def slack() -> AsyncIterator[RunningLocalSlack]:
    """A workspace that grants exactly the manifest's scopes, without rate limits."""
    running = await start(LocalSlackSettings(rate_limits=False, app=AppSettings(scopes=SCOPES)))
    yield running
    await running.stop()


@pytest.fixture
async def api(slack: RunningLocalSlack, metrics: SlackMetrics) -> AsyncIterator[WebApi]:
    async with connect(SecretStr(slack.slack.workspace.app.bot_token), slack.api_url, metrics) as connected:
        yield connected


@pytest.fixture
def chat(api: WebApi) -> SlackChat:
    return SlackChat(api)
