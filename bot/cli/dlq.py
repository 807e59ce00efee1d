"""`tocsin dlq list|show|replay`: the records that could not be taken in, and another try at them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click
from prometheus_client import CollectorRegistry

from bot.app.ports import OutRecord
from bot.kafka.dead_letters import dead_letters
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import KafkaPublisher
from bot.kafka.quiet import quieten
from bot.kafka.topics import CONSUMED
from bot.settings import from_environment, require
from bot.wiring.kafka import kafka_settings
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.kafka.dead_letters import Letter
    from bot.settings import Settings

_PUBLISH_WITHIN_S = 10.0
_PORTION = 500
_output = click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
_components = click.option(
    "--component", "components", type=click.Choice(list(CONSUMED)), multiple=True, help="Default: all."
)
_newest = click.option(
    "--newest",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="At most so many of each partition.",
)


@click.group()
@click.pass_context
def dlq(context: click.Context) -> None:
    """Look at the records that could not be taken in, and try them again."""
    if context.resilient_parsing:
        return
    settings = from_environment()
    configure_logs(settings)
    quieten()
    context.obj = settings


@dlq.command("list")
@_components
@_newest
@_output
@click.pass_obj
def list_letters(settings: Settings, components: tuple[str, ...], newest: int, output: str) -> None:
    """List dead letters with their ids and reasons, the oldest first.

    What a webhook brought and could not be read is no record: see `tocsin quarantine list`.
    """
    letters = asyncio.run(_newest_of(settings, components, newest))
    if output == "json":
        click.echo(json.dumps([_summary(one) for one in letters]))
        return
    for one in letters:
        click.echo(f"{one.id:<14} {one.kept_at:%Y-%m-%d %H:%M:%SZ}  {one.told.get('error', '')}")
    click.echo(f"{len(letters)} dead letter{'s' if len(letters) != 1 else ''}", err=True)


@dlq.command()
@click.argument("letter")
@click.pass_obj
def show(settings: Settings, letter: str) -> None:
    """Show LETTER (as in alerts/0/12) whole, as JSON."""
    [found] = asyncio.run(_named(settings, [letter]))
    headers = {name: value.decode("utf-8", "replace") for name, value in found.headers}
    whole = {**_summary(found), "headers": headers, "value": found.value.decode("utf-8", "replace")}
    click.echo(json.dumps(whole, indent=2))


@dlq.command()
@click.argument("letters", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that `list` shows.")
@_components
@_newest
@click.pass_obj
def replay(
    settings: Settings, letters: tuple[str, ...], everything: bool, components: tuple[str, ...], newest: int
) -> None:
    """Produce LETTERS to the topics that they came from.

    What was taken in meanwhile is not taken in twice; the letters themselves stay until Kafka's retention
    removes them.
    """
    if bool(letters) == everything:
        raise click.UsageError("name letters, or say --all")
    _ready(settings)
    count = asyncio.run(_replay(settings, letters, components, newest))
    click.echo(f"replayed {count} dead letter{'s' if count != 1 else ''}")


def _summary(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "kept_at": letter.kept_at.isoformat(),
        "key": letter.key.decode("utf-8", "replace"),
        **{name.replace("-", "_"): text for name, text in letter.told.items()},
    }


def _ready(settings: Settings) -> None:
    require(settings, "KAFKA_BOOTSTRAP_SERVERS")


async def _newest_of(settings: Settings, components: Collection[str], newest: int) -> list[Letter]:
    _ready(settings)
    async with dead_letters(kafka_settings(settings), settings.topic_prefix) as box:
        return [one for component in (components or CONSUMED) for one in await box.newest(component, newest)]


async def _named(settings: Settings, identities: Sequence[str]) -> list[Letter]:
    _ready(settings)
    async with dead_letters(kafka_settings(settings), settings.topic_prefix) as box:
        return [await box.letter(identity) for identity in identities]


async def _replay(
    settings: Settings, identities: Sequence[str], components: Collection[str], newest: int
) -> int:
    letters = await (_named(settings, identities) if identities else _newest_of(settings, components, newest))
    prefix = settings.topic_prefix
    publisher = KafkaPublisher(kafka_settings(settings), prefix, ProducerMetrics(CollectorRegistry()))
    await publisher.start()
    try:
        for first in range(0, len(letters), _PORTION):
            records = [
                OutRecord(
                    one.told.get("topic", f"{prefix}{CONSUMED[one.component]}").removeprefix(prefix),
                    one.key,
                    one.value,
                    one.headers,
                )
                for one in letters[first : first + _PORTION]
            ]
            await publisher.publish(records, _PUBLISH_WITHIN_S)
    finally:
        await publisher.stop()
    return len(letters)
