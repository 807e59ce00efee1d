"""A local Slack on a free port, and our gateway on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.localslack.server import start
from bot.localslack.settings import AppSettings, LocalSlackSettings
from bot.settings import from_environment
from bot.slack.app import create_bolt_app, http_handler
from bot.slack.cards.deck import BlockKitCards
from bot.slack.gateway import SlackChat
from bot.slack.intake import Intake
from bot.slack.listeners.desk import Desk
from bot.slack.manifest import SCOPES
from bot.slack.metrics import SlackMetrics
from bot.slack.people import People
from bot.slack.webapi import connect
from tests.harness.fixtures import method_reference
from tests.slack.fake_deps import FakeUseCases
from tests.slack.person import PersonInSlack
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from structlog.typing import EventDict

    from bot.localslack.server import RunningLocalSlack
    from bot.settings import Settings
    from bot.slack.webapi import WebApi
    from tests.harness.method_reference import MethodReference

__all__ = ["method_reference"]

CONSOLE = "https://tocsin.example"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """What is logged, kept from the terminal: drawing a traceback there takes longer than Slack waits."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def metrics() -> SlackMetrics:
    return SlackMetrics(CollectorRegistry())


@pytest.fixture
async def slack(method_reference: MethodReference | None) -> AsyncIterator[RunningLocalSlack]:
    """A workspace that grants exactly the manifest's scopes, without rate limits.

    At the end every call that was made is held against Slack's reference of its methods.
    """
    running = await start(LocalSlackSettings(rate_limits=False, app=AppSettings(scopes=SCOPES)))
    yield running
    await running.stop()
    if method_reference is not None:
        assert method_reference.problems(running.slack.journal.calls()) == []


@pytest.fixture
async def api(slack: RunningLocalSlack, metrics: SlackMetrics) -> AsyncIterator[WebApi]:
    async with connect(SecretStr(slack.slack.workspace.app.bot_token), slack.api_url, metrics) as connected:
        yield connected


@pytest.fixture
def chat(api: WebApi) -> SlackChat:
    return SlackChat(api)


@pytest.fixture
def use_cases() -> FakeUseCases:
    return FakeUseCases()


@pytest.fixture
def settings(slack: RunningLocalSlack) -> Settings:
    """The settings that point at the local Slack, as the environment would."""
    app = slack.slack.workspace.app
    return from_environment(
        {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token,
            "SLACK_SIGNING_SECRET": app.signing_secret,
        }
    )


async def at_once(_seconds: float) -> None:
    """Passes the pauses before somebody is told again."""


@pytest.fixture
def desk(api: WebApi, metrics: SlackMetrics, use_cases: FakeUseCases) -> Desk:
    deps = use_cases.deps()
    return Desk(deps, People(api, at_once), Intake(deps.first_time, metrics), BlockKitCards(CONSOLE), CONSOLE)


@pytest.fixture
async def person(slack: RunningLocalSlack, settings: Settings, desk: Desk) -> AsyncIterator[PersonInSlack]:
    """Ada in the local Slack, with our application behind it over signed HTTP."""
    app = web.Application()
    app.router.add_post("/slack/events", http_handler(create_bolt_app(settings, desk)))
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    slack.send_to(f"http://127.0.0.1:{port}/slack/events")
    yield PersonInSlack(slack.slack, desk.intake)
    await desk.intake.drain(5)
    await runner.cleanup()
