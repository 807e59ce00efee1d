"""`tocsin prune`: delete what is kept for a time only, and make the partitions of the coming week."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from bot.settings import from_environment, require
from bot.store.prune import Pruned, Retention
from bot.store.prune import prune as prune_database
from bot.wiring.identity import now
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT: Final = Retention()


def _days(kind: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option that says how many days a kind of row is kept; `kind` is the field of `Retention`."""
    usual = getattr(_KEPT, kind).days
    name = f"--{kind.removesuffix('s')}-days"
    return click.option(name, kind, type=click.IntRange(1, 3650), default=usual, show_default=True, help=text)


@click.command()
@_days("inbox", "Longer than the topics keep.")
@_days("events", "Alert events, for replay.")
@_days("alerts", "Ended alerts of no incident.")
@_days("changes", "Deploys and other changes.")
@_days("rankings", "Rankings that a newer one has replaced.")
@_days("effects", "Effects that were done.")
@_days("quarantine", "Unreadable input.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def prune(output: str, **days: int) -> None:
    """Delete what has been kept long enough, and make partitions ahead. Run it once a day.

    Incidents are kept, with their alerts, newest ranking, timeline and runs.
    """
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL")
    retention = Retention(**{kind: timedelta(days=many) for kind, many in days.items()})
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
            f"outdated rankings: {pruned.rankings} deleted",
            f"effects: {pruned.effects} deleted",
            f"quarantine: {pruned.quarantine} deleted",
        ]
    )
