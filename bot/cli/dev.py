"""`tocsin dev` and `tocsin demo`: everything embedded, on loopback."""

from __future__ import annotations

import asyncio
import json
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.config.folder import require_configuration
from bot.settings import from_environment
from bot.wiring.data_dir import DEFAULT_DATA_DIR, kept_token, made
from bot.wiring.demo.shop import open_shop
from bot.wiring.demo.story import Story
from bot.wiring.dev import dev_system
from bot.wiring.logs import configure_logs
from bot.wiring.process import first_of, stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bot.settings import Settings
    from bot.wiring.dev import Addresses

WARNING = (
    "NOT FOR PRODUCTION: everything runs in this one process, on loopback. What only the embedded Kafka held "
    "is lost in a crash."
)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that both commands share."""
    for option in (
        click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True),
        click.option(
            "--data-dir",
            type=click.Path(file_okay=False, path_type=Path),
            help="Where data is kept across restarts.  [default: .tocsin, or TOCSIN_DATA_DIR]",
        ),
    ):
        command = option(command)
    return command


def _settings(data_dir: Path | None) -> tuple[Settings, Path]:
    settings = from_environment()
    folder = (data_dir or settings.data_dir or DEFAULT_DATA_DIR).resolve()
    made(folder)
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "WARNING"})  # a person reads this terminal
    configure_logs(settings, more_secrets=[kept_token(folder)])
    click.echo(WARNING, err=True)
    return settings, folder


def _announce(addresses: Addresses, output: str) -> None:
    if output == "json":
        click.echo(json.dumps(addresses.json()))
        return
    lines = {
        "console": f"{addresses.web}/login#token={addresses.api_token}",
        "local Slack": addresses.slack or "none; SLACK_API_URL is set",
        "webhook": f"{addresses.web}/api/v1/webhooks/alertmanager",
        "token": addresses.webhook_token,
    }
    if addresses.api_token != addresses.webhook_token:
        lines |= {"token": f"{addresses.webhook_token} (senders)", "API token": "TOCSIN_API_TOKEN, as given"}
    click.echo("Tocsin is ready. Ctrl-C stops it.")
    for name, value in lines.items():
        click.echo(f"  {name + ':':<13} {value}")


@click.command()
@_options
def dev(data_dir: Path | None, output: str) -> None:
    """Run everything in this process, embedding what the environment does not give."""
    settings, folder = _settings(data_dir)
    configuration = require_configuration(settings.config, time.perf_counter)

    async def run() -> None:
        with stop_signal() as stop:
            async with dev_system(settings, configuration, folder) as system:
                _announce(system.addresses, output)
                await first_of(stop, system.died)
                click.echo("Working off what was accepted ...", err=True)
        if system.died.error is not None:
            raise system.died.error

    asyncio.run(run())


@click.command()
@_options
@click.option("--pace", default=1.5, show_default=True, help="Seconds between the acts of the story.")
@click.option("--exit", "leave", is_flag=True, help="End when the story has been told.")
def demo(data_dir: Path | None, output: str, pace: float, leave: bool) -> None:
    """Run `dev` with a scripted story: a bad deploy, its incident, its rollback and its postmortem."""
    settings, folder = _settings(data_dir)
    if settings.slack_api_url:
        raise click.UsageError("the demo plays on the local Slack; unset SLACK_API_URL")
    told = settings.config or Path(str(files("bot.wiring.demo") / "config"))
    if settings.config:
        click.echo(f"The story goes by the rules in TOCSIN_CONFIG ({told}), not by its own.", err=True)

    async def run() -> None:
        with stop_signal() as stop:
            async with open_shop() as shop:
                configuration = shop.furnish(require_configuration(told, time.perf_counter))
                pager = {"pager_url": settings.pager_url or shop.pager_url}
                furnished = settings.model_copy(update=pager)
                async with dev_system(furnished, configuration, folder) as system:
                    _announce(system.addresses, output)
                    story = Story(
                        system.addresses, shop, folder, pace, lambda line: click.echo(line, err=True)
                    )
                    telling = asyncio.create_task(story.tell())
                    stopped = asyncio.create_task(first_of(stop, system.died))
                    await asyncio.wait({telling, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    if telling.done() and not leave:
                        telling.result()
                        await stopped
                    await _end(telling, stopped)
                    click.echo("Working off what was accepted ...", err=True)
        if system.died.error is not None:
            raise system.died.error

    asyncio.run(run())


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel what still runs; an error of what has ended is raised."""
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.wait(tasks)
