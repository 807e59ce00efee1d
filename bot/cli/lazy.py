"""Commands that are imported when they are used, so that `tocsin --version` waits for no Kafka client."""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from types import ModuleType


class LazyCommand(click.Command):
    """Stands for a command or a group in the list of its group, by name and help.

    `target` is `module:attribute`. Whatever asks for more than the line in the list (running it, its help,
    completing its words) makes a context first, and that context is the real command's.
    """

    def __init__(self, name: str, target: str, line: str) -> None:
        super().__init__(name, help=line)
        self._module, _, self._attribute = target.partition(":")

    def load(self) -> click.Command:
        """The real command.

        Raises:
            TypeError: the target is no command; a mistake in our table.
        """
        found = getattr(_imported(self._module), self._attribute)
        if not isinstance(found, click.Command):
            raise TypeError(f"{self._module}:{self._attribute} is not a command")
        return found

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The real command's context; click goes on with the command that it names.

        Variables of ours that are misspelt are named, unless words are completed.
        """
        command = self.load()
        if not extra.get("resilient_parsing"):
            for name, meant in _imported("bot.settings").misspelt().items():
                click.echo(f"tocsin: {name} is read by nobody; did you mean {meant}?", err=True)
        return command.make_context(info_name, args, parent, **extra)


def _imported(module: str) -> ModuleType:
    """What modules define stays to the end: to look for garbage among it takes a fifth of the start."""
    looking = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        if looking:
            gc.enable()
