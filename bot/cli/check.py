"""`tocsin check-config`: is what was written right?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cli.errors import CHECK_FAILED
from bot.config.document import KINDS, Checked, check_document
from bot.config.folder import load_configuration, nothing_in
from bot.config.schemas import SCHEMAS
from bot.domain.errors import ConfigurationError
from bot.settings import from_environment
from playbooks.yaml_tree import MAX_BYTES

if TYPE_CHECKING:
    from bot.config.folder import Configuration
    from playbooks.problem import Problem

STDIN: Final = "-"
BUILT_IN: Final = "no rule was found in rules/; the built-in default rule takes every alert"


@click.command("check-config")
@click.argument("folder", required=False)
@click.option(
    "--kind", type=click.Choice(KINDS), default="rules", show_default=True, help="What stdin holds."
)
@click.option("--schema", type=click.Choice(list(SCHEMAS)), help="Print the JSON Schema of a file instead.")
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check_config(folder: str | None, kind: str, schema: str | None, output: str, *, strict: bool) -> None:
    """Check the configuration in FOLDER (default: TOCSIN_CONFIG); every problem is shown at its place.

    With - for FOLDER one file is read from stdin; names that it refers to are looked up in TOCSIN_CONFIG.
    """
    if schema is not None:
        click.echo(json.dumps(SCHEMAS[schema](), indent=2))
        return
    if folder == STDIN:
        _tell("stdin", _checked_stdin(kind), output, strict=strict)
        return
    if folder and not Path(folder).is_dir():
        raise ConfigurationError(
            f"{folder} is not a folder; one file is read from stdin: check-config - <FILE"
        )
    root = Path(folder) if folder else from_environment().config
    if root is None:
        raise ConfigurationError("name a folder, or set TOCSIN_CONFIG")
    _tell(str(root), _checked(root, load_configuration(root)), output, strict=strict)


def _checked_stdin(kind: str) -> Checked:
    root = from_environment().config
    known = load_configuration(root) if root is not None else None
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    return check_document(kind, content, "stdin", None if isinstance(known, list) else known)


def _checked(root: Path, loaded: Configuration | list[Problem]) -> Checked:
    if isinstance(loaded, list):
        return Checked({}, loaded)
    if (absent := nothing_in(root)) is not None:
        # A process that runs with it takes every alert all the same; whoever checks has named another folder.
        return Checked({}, [absent, *loaded.doubts])
    return Checked(_counts(loaded), doubts=list(loaded.doubts), ruleless=loaded.ruleless)


def _counts(found: Configuration) -> dict[str, int]:
    return {
        "rules": 0 if found.ruleless else len(found.rules.rules),
        "services": len(found.catalog.services),
        "playbooks": len(found.playbooks),
        "inhibitions": len(found.rules.inhibitions),
        "maintenance windows": len(found.rules.windows),
    }


def _tell(where: str, checked: Checked, output: str, *, strict: bool) -> None:
    """Say what was found, or what is wrong and end with a failure; `strict`: so with what is doubtful."""
    problems = checked.problems
    warnings = [*map(str, checked.doubts), *([BUILT_IN] if checked.ruleless else ())]
    if output == "json":
        told = {"found": checked.found, "problems": [asdict(one) for one in problems]}
        click.echo(json.dumps({**told, "warnings": warnings} if warnings else told))
    elif problems:
        for problem in problems:
            click.echo(str(problem), err=True)
        click.echo(f"{len(problems)} {_named('problems', len(problems))} in {where}", err=True)
    else:
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        counts = [f"{count} {_named(name, count)}" for name, count in checked.found.items()]
        if checked.ruleless:
            counts[0] += " (the built-in default is used)"
        click.echo(f"Found: {', '.join(counts)}.")
    if problems or (strict and warnings):
        raise SystemExit(CHECK_FAILED)


def _named(plural: str, count: int) -> str:
    return plural.removesuffix("s") if count == 1 else plural
