"""`tocsin rules explain`: what the rules make of an alert, and why."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from bot.app.explaining import Explainer
from bot.cli.stores import opened_store
from bot.config.folder import configuration_with
from bot.domain.decisions import Snapshot
from bot.domain.errors import InvalidInputError
from bot.domain.explanation import foresee
from bot.domain.explanation_tree import tree_of
from bot.domain.wording import one_line
from bot.ingest.any_alert import read_alerts
from bot.settings import from_environment, require
from bot.web.explanation_models import Explanations, explanation_model
from bot.wiring.identity import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config.folder import Configuration
    from bot.domain.alert import AlertEvent
    from bot.domain.explanation import Explanation
    from bot.domain.explanation_tree import Node
    from bot.settings import Settings

_ALONE: Final = "As if nothing were open or silenced; --live asks the database"
_EACH: Final = "By itself: the other alerts that were given with it are not taken into account"
_ENDLESS: Final = 100_000
_MARKS: Final = {True: ("+ ", "green"), False: ("- ", "red"), None: ("", "")}


@click.command()
@click.option("--event", "file", type=click.File("rb"), required=True, help="The alert, or - for stdin.")
@click.option(
    "--rules",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A configuration folder, or one of rules alone; default: TOCSIN_CONFIG.",
)
@click.option("--live", is_flag=True, help="Against what is open and quiet now, as DATABASE_URL knows it.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(file: IO[bytes], folder: Path | None, live: bool, output: str) -> None:
    """Say which rules are tried on an alert, which one takes it, and what would be done.

    FILE holds an Alertmanager webhook's body, one alert of it (its labels are enough), or a record of the
    alerts topic. Nothing is written anywhere.
    """
    settings = from_environment()
    if live:
        require(settings, "DATABASE_URL")
    configuration = configuration_with(folder, settings.config)
    alerts = read_alerts(file.read(), now(), configuration.labels)
    if not alerts:
        raise InvalidInputError("alerts", "there is no alert in it")
    if live:
        told = asyncio.run(_against_the_store(settings, configuration, alerts))
    else:
        rules, catalog = configuration.rules, configuration.catalog
        found = [foresee(one, Snapshot(), rules, catalog) for one in alerts]
        told = [replace(one, notes=(*one.notes, _ALONE)) for one in found]
    if len(told) > 1:
        told = [replace(one, notes=(*one.notes, _EACH)) for one in told]
    if output == "json":
        click.echo(Explanations(items=[explanation_model(one) for one in told]).model_dump_json())
        return
    # A pipe has no width at which a line would have to end.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _ENDLESS)
    for one in told:
        console.print(_drawn(tree_of(one)))


async def _against_the_store(
    settings: Settings, configuration: Configuration, alerts: Sequence[AlertEvent]
) -> list[Explanation]:
    async with opened_store(settings, "rules explain") as store:
        explainer = Explainer(store, configuration.rules, configuration.catalog, now)
        return [await explainer.explain(one) for one in alerts]


def _drawn(node: Node, into: Tree | None = None) -> Tree:
    mark, style = _MARKS[node.held]
    # Labels come from outside: a terminal would obey the controls in them.
    label = Text(f"{mark}{one_line(node.text, _ENDLESS)}", style=style)
    tree = Tree(label) if into is None else into.add(label)
    for below in node.below:
        _drawn(below, tree)
    return tree
