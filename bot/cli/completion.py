"""`tocsin completion`: the script that lets a shell complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash, put this into ~/.bashrc: eval "$(tocsin completion bash)"
    """
    kind = get_completion_class(shell)
    if kind is None:  # click's own shells are always there
        raise click.BadParameter(f"there is no completion for {shell}")
    click.echo(kind(context.find_root().command, {}, "tocsin", "_TOCSIN_COMPLETE").source())
