"""`tocsin rules`: what rules do, seen without a running Tocsin."""

from __future__ import annotations

from typing import Final

import click

from bot.cli.lazy import LazyCommand

COMMANDS: Final = {
    "explain": (
        "bot.cli.rules.explaining:explain",
        "Say which rules are tried on an alert, which one takes it, and what would be done.",
    ),
    "test": (
        "bot.cli.rules.testing:test",
        "Run the tests in PATHS: files, folders, or configuration folders with a folder `tests`.",
    ),
}
"""As `bot.cli.COMMANDS`: tests want no database, and explanations no replay."""


@click.group()
def rules() -> None:
    """Test rules, and ask what they make of an alert."""


for name, (target, line) in COMMANDS.items():
    rules.add_command(LazyCommand(name, target, line))
