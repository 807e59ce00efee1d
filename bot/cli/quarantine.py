"""`tocsin quarantine list|show`: what webhooks brought and nobody could read, with the reason."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli.stores import opened_store
from bot.domain.wording import one_line
from bot.settings import from_environment, require
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.app.ports import DeadLetters, Quarantined
    from bot.settings import Settings

_LONGEST = 300
Found = TypeVar("Found")


@click.group()
@click.pass_context
def quarantine(context: click.Context) -> None:
    """Look at what webhooks brought that could not be read."""
    if context.resilient_parsing:
        return
    settings = from_environment()
    configure_logs(settings)
    context.obj = settings


@quarantine.command("list")
@click.option(
    "--newest", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many."
)
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def list_quarantined(settings: Settings, newest: int, output: str) -> None:
    """List what was rejected with ids, places and reasons, the oldest first."""
    found = asyncio.run(_read(settings, lambda letters: letters.quarantined(newest)))
    if output == "json":
        click.echo(json.dumps([_summary(one) for one in found]))
        return
    for one in found:
        said = one_line(f"{one.source} {one.path}: {one.reason}", _LONGEST)
        click.echo(f"{one.id:<8} {one.at:%Y-%m-%d %H:%M:%SZ}  {said}")
    click.echo(f"{len(found)} in quarantine", err=True)


@quarantine.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.pass_obj
def show(settings: Settings, number: int) -> None:
    """Show the one with this NUMBER (as `list` tells it) whole, as JSON."""
    one = asyncio.run(_read(settings, lambda letters: letters.one_quarantined(number)))
    click.echo(json.dumps({**_summary(one), "body": one.body.decode("utf-8", "replace")}, indent=2))


def _summary(one: Quarantined) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at.isoformat(),
        "source": one.source,
        "path": one.path,
        "reason": one.reason,
    }


async def _read(settings: Settings, ask: Callable[[DeadLetters], Awaitable[Found]]) -> Found:
    require(settings, "DATABASE_URL")
    async with opened_store(settings, "quarantine") as store, store.begin() as uow:
        return await ask(uow.dead_letters)
