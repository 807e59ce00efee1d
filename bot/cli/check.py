"""`tocsin check-config` and `tocsin doctor`: is what was written right, and does everything answer?"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.errors import CHECK_FAILED
from bot.config.folder import load_configuration, require_configuration
from bot.config.schemas import SCHEMAS
from bot.domain.errors import ConfigurationError, TocsinError
from bot.settings import from_environment, require
from bot.slack.manifest import missing_scopes
from bot.wiring.logs import configure_logs
from bot.wiring.parts import assembled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.config.folder import Configuration
    from bot.settings import Settings


@click.command("check-config")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--schema", type=click.Choice(list(SCHEMAS)), help="Print the JSON Schema of a file instead.")
def check_config(folder: Path | None, schema: str | None) -> None:
    """Check the configuration in FOLDER (default: TOCSIN_CONFIG); every problem is shown at its place."""
    if schema is not None:
        click.echo(json.dumps(SCHEMAS[schema](), indent=2))
        return
    root = folder or from_environment().config
    if root is None:
        raise ConfigurationError("name a folder, or set TOCSIN_CONFIG")
    found = load_configuration(root)
    if isinstance(found, list):
        for problem in found:
            click.echo(str(problem), err=True)
        click.echo(f"{len(found)} problem{'s' if len(found) != 1 else ''} in {root}", err=True)
        raise SystemExit(CHECK_FAILED)
    click.echo(
        f"Found: {len(found.rules.rules)} rules, {len(found.catalog.services)} services, "
        f"{len(found.playbooks)} playbooks."
    )


@click.command()
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(output: str) -> None:
    """Ask the database, Kafka and Slack whether they answer, and Slack whether our scopes are complete."""
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "SLACK_BOT_TOKEN")
    configuration = require_configuration(settings.config)
    found = asyncio.run(_examine(settings, configuration))
    if output == "json":
        click.echo(json.dumps(found))
    else:
        for name, problem in found.items():
            click.echo(f"{name}: {problem or 'ok'}")
    if any(found.values()):
        raise SystemExit(CHECK_FAILED)


async def _examine(settings: Settings, configuration: Configuration) -> dict[str, str]:
    """What was asked, each with what is wrong with it; empty where it is well."""
    async with assembled(settings, configuration) as parts:

        async def scopes() -> None:
            granted = await parts.slack_api.granted_scopes()
            if granted is not None and (missing := missing_scopes(granted)):
                raise ConfigurationError(
                    f"the app lacks {', '.join(missing)}; reinstall it from its manifest"
                )

        checks: dict[str, Callable[[], Awaitable[None]]] = {
            "database": parts.store.check,
            "kafka": parts.publisher.check,
            "slack": parts.chat.check,
            "slack scopes": scopes,
        }
        return {name: await _check(check) for name, check in checks.items()}


async def _check(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await check()
    except TocsinError as error:
        return str(error)
    return ""
