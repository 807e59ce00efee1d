"""`tocsin rules test`: unit tests of rules, against the configuration that they stand in."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.errors import CHECK_FAILED
from bot.config.folder import MAIN_FILE, configuration_with
from bot.config.rule_tests.playing import play
from bot.config.rule_tests.reading import FOLDER, files_of, read_cases
from bot.settings import from_environment
from playbooks.durations import show_duration
from playbooks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config.folder import Configuration
    from bot.config.rule_tests.playing import Failure
    from bot.config.rule_tests.reading import Case

    Results = Sequence[tuple[Case, Sequence[Failure]]]


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--filter", "wanted", default="", help="Only the tests whose name holds this text.")
@click.option(
    "--rules",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of rules, or the configuration folder, that is tested.",
)
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def test(paths: tuple[Path, ...], wanted: str, folder: Path | None, output: str) -> None:
    """Run the tests in PATHS: files, folders, or configuration folders with a folder `tests`.

    The rules are those of the configuration folder that a test stands in, else of TOCSIN_CONFIG, unless
    --rules names another.
    """
    cases = [one for one in _cases(paths, output) if wanted in one.name]
    if not cases:
        raise click.UsageError("there is no such test")
    configurations: dict[Path | None, Configuration] = {}
    results = []
    for case in cases:
        root = _configuration_of(Path(case.tree.file)) or from_environment().config
        if root not in configurations:
            configurations[root] = configuration_with(folder, root)
            if folder is None and root is None:
                told = (
                    "no configuration folder is above it, nor in TOCSIN_CONFIG: the rule built in is tested"
                )
                click.echo(f"{case.tree.file}: {told}", err=True)
        results.append((case, play(case, configurations[root])))
    click.echo(json.dumps(_json(results)) if output == "json" else _text(results))
    if any(failures for _, failures in results):
        raise SystemExit(CHECK_FAILED)


def _cases(paths: Sequence[Path], output: str) -> list[Case]:
    """The tests of all files; what is wrong with one is shown at its place, and nothing is run."""
    cases: list[Case] = []
    problems: list[Problem] = []
    files = dict.fromkeys(file for path in paths for file in files_of(path))
    if not files:
        where = ", ".join(map(str, paths))
        raise click.UsageError(f"{where} holds no tests; a configuration has them in its folder {FOLDER}/")
    for one in read_cases(files):
        if isinstance(one, Problem):
            problems.append(one)
        else:
            cases.append(one)
    if problems:
        if output == "json":
            click.echo(json.dumps({"problems": [asdict(one) for one in problems]}))
        else:
            click.echo("\n".join(map(str, problems)), err=True)
        raise SystemExit(CHECK_FAILED)
    return cases


def _configuration_of(file: Path) -> Path | None:
    """The nearest folder above the file that is a configuration folder."""
    return next(
        (
            folder
            for folder in file.resolve().parents
            if (folder / MAIN_FILE).is_file() or (folder / "rules").is_dir()
        ),
        None,
    )


def _text(results: Results) -> str:
    lines: list[str] = []
    for case, failures in results:
        if failures:
            file, line = case.place("name")
            lines.append(f"FAILED {file}:{line}: {case.name}")
        for one in failures:
            lines += [
                f"  {one.file}:{one.line}: after {show_duration(one.at)}: {one.about}",
                f"    expected: {one.expected}",
                f"    got:      {one.got}",
            ]
    failed = sum(bool(failures) for _, failures in results)
    count = f"{len(results)} test{'s' if len(results) != 1 else ''}"
    lines.append(f"{failed} of {count} failed." if failed else f"{count} passed.")
    return "\n".join(lines)


def _json(results: Results) -> dict[str, Any]:
    failed = sum(bool(failures) for _, failures in results)
    return {
        "passed": len(results) - failed,
        "failed": failed,
        "tests": [_case(case, failures) for case, failures in results],
    }


def _case(case: Case, failures: Sequence[Failure]) -> dict[str, Any]:
    file, line = case.place("name")
    return {
        "name": case.name,
        "file": file,
        "line": line,
        "passed": not failures,
        "failures": [
            {
                "file": one.file,
                "line": one.line,
                "at_s": one.at.total_seconds(),
                "about": one.about,
                "expected": one.expected,
                "got": one.got,
            }
            for one in failures
        ],
    }
