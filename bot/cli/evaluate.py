"""`tocsin evaluate`: how good the grouping and the suspects are, on cases whose truth is known."""

from __future__ import annotations

import json
import platform
import sys
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli.case_problems import tell_problems
from bot.cli.new_file import NewFile
from bot.cli.numbers import Number
from bot.config.folder import require_configuration
from bot.evaluation import markdown, report
from bot.evaluation.cases import case_folders
from bot.evaluation.damage import Damage
from bot.evaluation.run import Evaluation
from consumers.garbage import collect_rarely

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import BinaryIO

_SHARE = Number(0.0, 1.0)
_FILE = NewFile()


@click.command()
@click.argument("cases", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=_FILE, help="Everything that is measured, as JSON.")
@click.option("--predictions", type=_FILE, help="What Tocsin says, a row for each incident and moment.")
@click.option("--markdown", "table", type=_FILE, help="The tables, as Markdown.")
@click.option(
    "--grouping",
    type=click.Choice(["own", "given"]),
    default="own",
    show_default=True,
    help="Whether rules make the incidents, or the true grouping is given and only suspects are measured.",
)
@click.option(
    "--rules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A configuration folder: its rules group alerts, its labels name services. Else the default rule.",
)
@click.option("--calls-missing", type=_SHARE, default=0.0, help="Take this share of calls out of the graph.")
@click.option("--unnamed", type=_SHARE, default=0.0, help="Take the service off this share of all events.")
@click.option("--skew", type=Number(0.0, 86_400), default=0.0, help="Set clocks off by so many seconds.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def evaluate(
    cases: Path,
    out: Path | None,
    predictions: Path | None,
    table: Path | None,
    grouping: str,
    rules: Path | None,
    calls_missing: float,
    unnamed: float,
    skew: float,
    output: str,
) -> None:
    """Replay CASES, a folder of cases or one case, and measure what Tocsin says against the truth.

    All predictions are made and written before any truth is opened; cases without a truth are predicted and
    not scored. Simple baselines are measured on the same incidents, and on simulated cases the best that is
    possible.
    """
    configuration = require_configuration(rules)
    collect_rarely()
    installation = configuration.installation
    damage = Damage(calls_missing, unnamed, skew)
    run = Evaluation(
        folders=case_folders(cases),
        parameters=installation.suspects.parameters(installation.look_back),
        rules=configuration.rules if grouping == "own" else None,
        damage=damage.done_to if damage else None,
        labels=configuration.labels,
    )
    started = perf_counter()
    found = _measure(run, predictions)
    found = {
        "command": " ".join(["tocsin", *sys.argv[1:]]),
        "version": version("tocsin"),
        "python": platform.python_version(),
        "seconds": round(perf_counter() - started, 2),
        "read": {**run.totals, "rows_skipped": run.skipped},
        "problems": run.problems,
        **found,
    }
    if out is not None:
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if table is not None:
        table.write_text(markdown.summary(found), encoding="utf-8")
    tell_problems(run.problems, run.skipped, "; the results list them")
    click.echo(json.dumps(found) if output == "json" else markdown.summary(found), nl=output == "json")


def _measure(run: Evaluation, predictions: Path | None) -> dict[str, Any]:
    """Predict, close the file, and only then look at the truth."""
    many = len(run.folders)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("predicting", total=many)
        with _stream(predictions) as stream:
            run.predict(stream, lambda _: progress.advance(task))
        scoring = progress.add_task("scoring", total=many + report.STEPS)
        return run.score(lambda _: progress.advance(scoring))


def _stream(path: Path | None) -> AbstractContextManager[BinaryIO | None]:
    return nullcontext() if path is None else path.open("wb")
