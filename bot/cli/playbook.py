"""`tocsin playbook list|run`: what there is to run, and running it on an incident."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import click

from bot.cli.errors import CHECK_FAILED
from bot.cli.stores import opened_store
from bot.config.folder import require_configuration
from bot.settings import from_environment, require
from bot.wiring.in_force import in_force
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from bot.config.folder import Configuration
    from bot.settings import Settings


@click.group()
def playbook() -> None:
    """List playbooks, or start one on an incident."""


@playbook.command("list")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_playbooks(output: str) -> None:
    """List the shipped playbooks and those of TOCSIN_CONFIG."""
    playbooks = require_configuration(from_environment().config).playbooks
    if output == "json":
        rows = [
            {"name": one.name, "title": one.title, "start": str(one.trigger.start), "steps": len(one.steps)}
            for one in playbooks.values()
        ]
        click.echo(json.dumps(rows))
        return
    width = max((len(name) for name in playbooks), default=0)
    for one in playbooks.values():
        click.echo(f"{one.name:<{width}}  {one.title} ({len(one.steps)} steps, {one.trigger.start})")


@playbook.command()
@click.argument("name")
@click.argument("incident")
def run(name: str, incident: str) -> None:
    """Start playbook NAME on INCIDENT (as in INC-12); one whose run has ended is started again."""
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL")
    configuration = require_configuration(settings.config)
    if name not in configuration.playbooks:
        known = ", ".join(sorted(configuration.playbooks))
        raise click.BadParameter(f"there is no playbook {name}; there are {known}", param_hint="NAME")
    if not asyncio.run(_start(settings, configuration, name, incident)):
        click.echo(f"tocsin: {name} is running on {incident} already; see the incident's channel", err=True)
        raise SystemExit(CHECK_FAILED)
    click.echo(f"started {name} on {incident}")


async def _start(settings: Settings, configuration: Configuration, name: str, incident: str) -> list[str]:
    async with opened_store(settings, "playbook run") as store:
        desks = in_force(settings, configuration, store).desks
        view = await desks.incidents.view_incident(incident)
        return await desks.runs.start_runs(view.incident.id, [name], started_by="tocsin playbook run")
