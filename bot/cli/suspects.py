"""`tocsin suspects rate|export|fit`: what responders' verdicts say, hand on, and teach."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.app.labels import labelled_incidents
from bot.app.verdicts import failure_rates
from bot.cli.case_problems import tell_problems
from bot.cli.errors import CHECK_FAILED
from bot.cli.new_file import NewFile
from bot.cli.stores import opened_store
from bot.config.folder import require_configuration
from bot.config.suspects import section, written
from bot.domain.errors import ConfigurationError
from bot.domain.failures import DEFINITION
from bot.evaluation.cases import case_folders, read_case
from bot.evaluation.exported import Names, exported, topology
from bot.evaluation.fit import ENOUGH, by_time, fit, quality
from bot.evaluation.labelled import example_of, examples_of
from bot.evaluation.lessons import Lesson, lesson_text
from bot.evaluation.truth import has_truth, read_truth
from bot.settings import from_environment, require
from bot.wiring.identity import now
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.config.folder import Configuration
    from bot.domain.failures import FailureRates
    from bot.domain.suspicion import Parameters
    from bot.evaluation.exported import Row
    from bot.evaluation.labelled import Example, Labelled
    from bot.ingest.labels import LabelPolicy
    from bot.settings import Settings

_output = click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)


_DAYS = click.IntRange(1, 3650)
_year = click.option("--days", type=_DAYS, default=365, show_default=True, help="How far back.")


@click.group()
def suspects() -> None:
    """What responders said about causes: failure rates, cases to evaluate on, and numbers to learn."""


@suspects.command()
@click.option("--days", type=_DAYS, default=30, show_default=True, help="How far back.")
@click.option("--environment", help="Only there.")
@_output
def rate(days: int, environment: str | None, output: str) -> None:
    """Show the change failure rate of each service: changes that caused an incident, of all changes."""
    settings = _settings()
    until = now()
    found = asyncio.run(_rates(settings, until - timedelta(days=days), until, environment))
    if output == "json":
        click.echo(json.dumps(_rates_json(found)))
        return
    rows = [*found.services, found.total]
    width = max(len(one.service) for one in rows)
    click.echo(f"{'service':<{width}}  changes  failed   rate")
    for one in rows:
        share = "     -" if one.rate is None else f"{one.rate:6.1%}"
        click.echo(f"{one.service:<{width}}  {one.changes:>7}  {one.failed:>6} {share}")
    click.echo(f"{found.judged} of {found.incidents} incidents judged. {DEFINITION.capitalize()}.", err=True)


@suspects.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A new folder.")
@click.option("--redact", is_flag=True, help="Numbers for names, and no texts.")
@_year
def export(out: Path, days: int, *, redact: bool) -> None:
    """Write the incidents that were judged as cases, which `tocsin evaluate` reads."""
    settings = _settings()
    configuration = require_configuration(settings.config)
    if out.exists() and any(out.iterdir()):
        raise click.BadParameter(f"{out} is not empty", param_hint="--out")
    names = Names(redact)
    out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(topology(configuration.catalog, names), indent=1)
    (out / "topology.json").write_text(document + "\n", encoding="utf-8")
    since = now() - timedelta(days=days)
    count = 0
    for one in asyncio.run(_labelled(settings, configuration, since)):
        case = exported(one, names)
        folder = out / case.name
        folder.mkdir()
        for name, rows in (("alerts", case.alerts), ("changes", case.changes), ("truth", case.truth)):
            _write(folder / f"{name}.jsonl", rows)
        count += 1
    click.echo(f"{count} case{'s' if count != 1 else ''} in {out}")


@suspects.command("fit")
@click.option(
    "--cases",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Learn from cases with their truth; else from the verdicts in the database.",
)
@click.option("--out", type=NewFile(), help="Where to write the YAML.")
@_year
@_output
def fit_command(cases: Path | None, out: Path | None, days: int, output: str) -> None:
    """Learn the suspects' numbers from labelled incidents, and show them beside those in force.

    The earlier 70 % of the incidents teach, the later 30 % judge; what is written is learnt from all of them.
    Nothing is applied: paste the section into tocsin.yaml when you agree.
    """
    settings = from_environment() if cases is not None else _settings()
    configuration = require_configuration(settings.config)
    installation = configuration.installation
    in_force = installation.suspects.parameters(installation.look_back)
    if cases is not None:
        examples = _of_cases(cases, in_force, configuration.labels)
    else:
        since = now() - timedelta(days=days)
        labelled = asyncio.run(_labelled(settings, configuration, since))
        found = (example_of(one, configuration.catalog, in_force) for one in labelled)
        examples = [one for one in found if one is not None]
    if len(examples) < ENOUGH:
        click.echo(f"tocsin: {len(examples)} labelled incidents; {ENOUGH} are needed", err=True)
        raise SystemExit(CHECK_FAILED)
    usual = type(installation.suspects)().parameters(installation.look_back)
    earlier, later = by_time(examples)
    lesson = Lesson(
        examples=len(examples),
        judged_on=len(later),
        in_force=in_force,
        learnt=fit(examples, usual),
        before=quality(later, in_force),
        after=quality(later, fit(earlier, usual)),
    )
    click.echo(json.dumps(_lesson_json(lesson)) if output == "json" else lesson_text(lesson))
    if not lesson.is_better:
        click.echo("On incidents that it has not seen, it is no better: keep what you have.", err=True)
    if out is not None:
        out.write_text(written(lesson.learnt), encoding="utf-8")
        click.echo(f"-> {out}", err=True)


def _settings() -> Settings:
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL")
    return settings


async def _rates(
    settings: Settings, since: datetime, until: datetime, environment: str | None
) -> FailureRates:
    async with opened_store(settings, "suspects") as store:
        return await failure_rates(store, since, until, environment)


async def _labelled(settings: Settings, configuration: Configuration, since: datetime) -> list[Labelled]:
    async with opened_store(settings, "suspects") as store:
        look_back = configuration.installation.look_back
        return [one async for one in labelled_incidents(store, since, look_back)]


def _of_cases(root: Path, parameters: Parameters, labels: LabelPolicy) -> list[Example]:
    examples: list[Example] = []
    problems: list[str] = []
    skipped = 0
    for name, folder in case_folders(root):
        if has_truth(folder):
            case = read_case(name, folder, labels)
            examples += examples_of(case, read_truth(name, folder, case.problems), parameters)
            problems += case.problems.texts
            skipped += case.problems.count
    tell_problems(problems, skipped)
    if not examples:
        raise ConfigurationError(f"{root} holds no case with a truth.jsonl")
    return examples


def _write(path: Path, rows: Iterable[Row]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _lesson_json(lesson: Lesson) -> dict[str, Any]:
    return {
        "examples": lesson.examples,
        "judged_on": lesson.judged_on,
        "in_force": {
            **asdict(lesson.before),
            "top1": lesson.before.top1,
            "suspects": section(lesson.in_force),
        },
        "learnt": {**asdict(lesson.after), "top1": lesson.after.top1, "suspects": section(lesson.learnt)},
        "is_better": lesson.is_better,
    }


def _rates_json(found: FailureRates) -> dict[str, Any]:
    return {
        "definition": DEFINITION,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "environment": found.environment,
        "services": [{**asdict(one), "rate": one.rate} for one in found.services],
        "total": {**asdict(found.total), "rate": found.total.rate},
        "incidents": found.incidents,
        "judged": found.judged,
    }
