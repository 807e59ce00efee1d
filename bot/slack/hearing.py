"""How what people do in Slack reaches us: over Socket Mode, or by requests that Slack signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import ConfigurationError, RemoteMisconfiguredError, RemoteRefusedError
from bot.slack.webapi import connect

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.slack.metrics import SlackMetrics


def gap(settings: Settings) -> str:
    """Why nothing can reach us; empty where it can."""
    if settings.slack_app_token.get_secret_value() or settings.slack_signing_secret.get_secret_value():
        return ""
    return (
        "neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (Slack calls /slack/events) is set: "
        "no button and no command of people in Slack arrives"
    )


async def check_hearing(settings: Settings, metrics: SlackMetrics) -> None:
    """Make sure that there is a way, and that Slack accepts the app token where that is the way.

    Whether the signing secret is right shows only when Slack calls.

    Raises:
        ConfigurationError: nothing can reach us; the message names the variable.
        TocsinError: Slack cannot be asked.
    """
    if missing := gap(settings):
        raise ConfigurationError(missing)
    if not settings.slack_app_token.get_secret_value():
        return
    async with connect(settings.slack_app_token, settings.slack_api, metrics) as api:
        try:
            # It gives an address to connect to, which nobody has to use.
            await api.write("apps.connections.open")
        except (RemoteMisconfiguredError, RemoteRefusedError) as error:
            raise ConfigurationError(
                f"SLACK_APP_TOKEN: Slack says {error.detail}; give one that begins with xapp- and "
                "has the scope connections:write"
            ) from error
