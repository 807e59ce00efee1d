"""What could not be read of cases, on the error stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN: Final = 10


def tell_problems(texts: Sequence[str], skipped: int, listed: str = "") -> None:
    """The first ones, and how many rows were skipped where that is more; `listed` says where all are."""
    for problem in texts[:_SHOWN]:
        click.echo(problem, err=True)
    if skipped > _SHOWN:
        click.echo(f"{skipped} rows were skipped{listed}", err=True)
