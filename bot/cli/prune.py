"""`tocsin prune`: delete what is kept for a time only, and make the partitions of the coming week."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta

import click

from bot.settings import from_environment, require
from bot.store.prune import Pruned, Retention
from bot.store.prune import prune as prune_database
from bot.wiring.identity import now
from bot.wiring.logs import configure_logs

_DAYS = click.IntRange(1, 3650)


@click.command()
@click.option("--inbox-days", type=_DAYS, default=14, show_default=True, help="Longer than the topics keep.")
@click.option("--event-days", type=_DAYS, default=30, show_default=True, help="Alert events, for replay.")
@click.option("--alert-days", type=_DAYS, default=30, show_default=True, help="Ended alerts of no incident.")
@click.option("--change-days", type=_DAYS, default=400, show_default=True, help="Deploys and other changes.")
@click.option("--effect-days", type=_DAYS, default=30, show_default=True, help="Effects that were done.")
@click.option("--quarantine-days", type=_DAYS, default=30, show_default=True, help="Unreadable input.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def prune(output: str, **days: int) -> None:
    """Delete what is older than that, and make partitions ahead. Run it once a day; incidents are kept."""
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL")
    retention = Retention(
        inbox=timedelta(days=days["inbox_days"]),
        events=timedelta(days=days["event_days"]),
        alerts=timedelta(days=days["alert_days"]),
        changes=timedelta(days=days["change_days"]),
        effects=timedelta(days=days["effect_days"]),
        quarantine=timedelta(days=days["quarantine_days"]),
    )
    pruned = asyncio.run(prune_database(settings.database_url.get_secret_value(), now(), retention))
    click.echo(json.dumps(asdict(pruned)) if output == "json" else _text(pruned))


def _text(pruned: Pruned) -> str:
    days = f"{len(pruned.dropped)} days dropped, {len(pruned.made)} days made"
    return "\n".join(
        [
            f"inbox: {pruned.inbox} entries deleted",
            f"events: {pruned.events} rows deleted, {days}",
            f"alerts of no incident: {pruned.alerts} deleted",
            f"changes: {pruned.changes} deleted",
            f"effects: {pruned.effects} deleted",
            f"quarantine: {pruned.quarantine} deleted",
        ]
    )
