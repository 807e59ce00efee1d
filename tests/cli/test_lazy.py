"""Commands are imported when they are used, and nobody can tell from the help or the completion."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.cli import COMMANDS, main
from bot.cli.lazy import LazyCommand
from bot.cli.rules import COMMANDS as RULES
from bot.cli.rules import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    import click
    from click.testing import Result

    Tocsin = Callable[..., Result]
    Process = Callable[..., subprocess.CompletedProcess[str]]

# What the first line of any of our commands costs most, and that none of these answers needs.
HEAVY = {"aiohttp", "aiokafka", "bot.settings", "pydantic", "slack_bolt", "sqlalchemy"}
PROGRAM = """
import json, sys
from bot.cli import main
try:
    main(sys.argv[1:], prog_name="tocsin")
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("group", "name"), [*((main, name) for name in COMMANDS), *((rules, name) for name in RULES)]
)
def test_the_list_says_what_the_command_says(group: click.Group, name: str) -> None:
    command = group.commands[name]
    assert isinstance(command, LazyCommand)
    real = command.load()
    assert real.name == command.name == name
    assert command.get_short_help_str(1_000) == real.get_short_help_str(1_000) != ""


@pytest.mark.unmeasured_processes
@pytest.mark.parametrize("words", [("--version",), ("--help",), ("nonsense",)], ids=" ".join)
def test_what_needs_no_command_imports_none(words: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=False, timeout=60
    )
    modules = set(json.loads(ended.stderr.splitlines()[-1]))
    assert "bot.cli.lazy" in modules
    assert modules & HEAVY == set()


@pytest.mark.unmeasured_processes
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tocsin dl", {"dlq"}),
        ("tocsin dlq ", {"list", "replay", "show"}),
        ("tocsin dlq show --he", {"--help"}),
        ("tocsin check-config --sch", {"--schema"}),
    ],
)
def test_a_shell_completes_commands_and_their_words(process: Process, line: str, offered: set[str]) -> None:
    told = process(
        _TOCSIN_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1)
    )
    assert {row.partition(",")[2] for row in told.stdout.split()} == offered


def test_usage_names_the_command_as_it_was_called(tocsin: Tocsin) -> None:
    assert tocsin("dlq", "show", "--help").stdout.startswith("Usage: main dlq show [OPTIONS] LETTER")


def test_a_target_that_is_no_command_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="CHECK_FAILED is not a command"):
        LazyCommand("wrong", "bot.cli.errors:CHECK_FAILED", "").load()
