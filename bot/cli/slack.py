"""`tocsin slack manifest|local`: what to paste into Slack, and a Slack of one's own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.domain.errors import ConfigurationError
from bot.settings import from_environment
from bot.slack.manifest import manifest as app_manifest
from bot.wiring.dev import local_slack_settings
from bot.wiring.local_slack import serve_local_slack
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from bot.localslack.settings import AppSettings


@click.group()
def slack() -> None:
    """The Slack app's manifest, and a Slack workspace on this machine."""


@slack.command()
@click.option("--name", default="Tocsin", show_default=True, help="What the app is called in Slack.")
@click.option("--url", help="Tocsin's public address; without it the app uses Socket Mode.")
def manifest(name: str, url: str | None) -> None:
    """Print the app manifest as JSON: create an app from it at api.slack.com/apps."""
    if url and not url.startswith(("https://", "http://")):
        raise click.BadParameter("an address is meant, as in https://tocsin.example.com", param_hint="--url")
    request_url = f"{url.rstrip('/')}/slack/events" if url else None
    click.echo(json.dumps(app_manifest(name, request_url), indent=2))


@slack.command()
@click.option(
    "--request-url", help="Where events, commands and clicks are sent, such as /slack/events of Tocsin."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--data-file", type=click.Path(dir_okay=False, path_type=Path), help="Keeps the workspace.")
@click.option("--no-rate-limits", is_flag=True, help="Never answer 429.")
def local(request_url: str | None, host: str, data_file: Path | None, no_rate_limits: bool) -> None:
    """Run a Slack workspace on TOCSIN_SLACK_PORT, for trying and testing."""
    settings = from_environment()
    configure_logs(settings)
    workspace = local_slack_settings(settings.slack_port, data_file)
    workspace = workspace.model_copy(
        update={
            "host": host,
            "rate_limits": not no_rate_limits,
            "app": workspace.app.model_copy(update={"request_url": request_url}),
        }
    )
    try:
        asyncio.run(serve_local_slack(workspace, lambda url: _tell(url, workspace.app)))
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host}:{settings.slack_port}: {error.strerror}; choose with TOCSIN_SLACK_PORT"
        ) from error


def _tell(url: str, app: AppSettings) -> None:
    """Where it is, and the variables with which Tocsin finds it; its tokens are made up and open nothing."""
    click.echo(f"local Slack: {url}")
    known = {
        "SLACK_API_URL": f"{url}api/",
        "SLACK_BOT_TOKEN": app.bot_token,
        "SLACK_APP_TOKEN": app.app_token,
        "SLACK_SIGNING_SECRET": app.signing_secret,
    }
    for name, value in known.items():
        click.echo(f"  {name}={value}", err=True)
