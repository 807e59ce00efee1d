"""`tocsin serve|consume|deliver|all`: the long-running processes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import click

from bot.config.folder import require_configuration
from bot.settings import from_environment, require, require_guarded
from bot.wiring.logs import configure_logs
from bot.wiring.process import ALL_ROLES, Role, run_process
from bot.wiring.serving import listen

if TYPE_CHECKING:
    from collections.abc import Collection

_SLACK = ("SLACK_BOT_TOKEN",)


def _run(wanted: Collection[Role]) -> None:
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")
    if Role.DELIVER in wanted:
        require(settings, *_SLACK)
    if Role.WEB in wanted:
        require_guarded(settings)
    configuration = require_configuration(settings.config, time.perf_counter)
    with contextlib.closing(listen(settings.http_host, settings.http_port, "TOCSIN_HTTP_PORT")) as listener:
        asyncio.run(run_process(settings, configuration, wanted, listener))


@click.command()
def serve() -> None:
    """Take webhooks, serve the API, the console and Slack's requests."""
    _run({Role.WEB})


@click.command()
def consume() -> None:
    """Turn alerts and changes from Kafka into incidents. Run as many as there is work."""
    _run({Role.CONSUME})


@click.command()
def deliver() -> None:
    """Do what incidents ask for: Slack, pages, playbooks. Run as many as there is work."""
    _run({Role.DELIVER})


@click.command("all")
def all_in_one() -> None:
    """Serve, consume and deliver in one process."""
    _run(ALL_ROLES)
