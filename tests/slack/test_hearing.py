from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import ConfigurationError, RemoteUnavailableError
from bot.localslack.faults import Fault
from bot.settings import from_environment
from bot.slack.hearing import check_hearing, gap

if TYPE_CHECKING:
    from bot.localslack.server import RunningLocalSlack
    from bot.slack.metrics import SlackMetrics


async def test_nothing_reaches_us_without_either_secret(metrics: SlackMetrics) -> None:
    with pytest.raises(ConfigurationError, match=r"neither SLACK_APP_TOKEN .* nor SLACK_SIGNING_SECRET"):
        await check_hearing(from_environment({"SLACK_BOT_TOKEN": "xoxb-a"}), metrics)


async def test_a_signing_secret_is_a_way_and_slack_is_not_asked(metrics: SlackMetrics) -> None:
    settings = from_environment({"SLACK_SIGNING_SECRET": "a", "SLACK_API_URL": "http://127.0.0.1:1/api/"})
    assert not gap(settings)
    await check_hearing(settings, metrics)


async def test_slack_judges_the_app_token(slack: RunningLocalSlack, metrics: SlackMetrics) -> None:
    right = slack.slack.workspace.app.app_token
    for token in (right, "xapp-wrong", slack.slack.workspace.app.bot_token):
        settings = from_environment(
            {"SLACK_APP_TOKEN": token, "SLACK_SIGNING_SECRET": "a", "SLACK_API_URL": slack.api_url}
        )
        if token == right:
            await check_hearing(settings, metrics)
            continue
        with pytest.raises(ConfigurationError, match="SLACK_APP_TOKEN: Slack says ") as refused:
            await check_hearing(settings, metrics)
        assert token not in str(refused.value)


async def test_a_slack_that_fails_says_nothing_about_the_token(
    slack: RunningLocalSlack, metrics: SlackMetrics
) -> None:
    slack.slack.faults.add(Fault(method="apps.connections.open", kind="unavailable"))
    token = slack.slack.workspace.app.app_token
    settings = from_environment({"SLACK_APP_TOKEN": token, "SLACK_API_URL": slack.api_url})
    with pytest.raises(RemoteUnavailableError):
        await check_hearing(settings, metrics)
