"""`tocsin rules`: what rules do, seen without a running Tocsin."""

from __future__ import annotations

import click

from bot.cli.rules.testing import test


@click.group()
def rules() -> None:
    """Test rules, and ask what they make of an alert."""


rules.add_command(test)
