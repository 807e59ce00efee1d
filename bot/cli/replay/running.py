"""Runs one replay, or two side by side, each in a process of its own, and gathers what they say."""

from __future__ import annotations

import contextlib
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.cli.replay.playing import player
from bot.replay.rows import Page
from bot.replay.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.cli.replay.plan import Plan
    from bot.cli.replay.playing import Spent
    from bot.replay.comparison import Answer, Comparison
    from bot.replay.rows import Opening

_EMPTY: Final = Page(0, 0, 0.0, [], [], [], [], [], [])


class Told:
    """What the replays said: a tally of each, the openings of the last, and the comparison of two."""

    def __init__(self, many: int) -> None:
        self.tallies = [Tally() for _ in range(many)]
        self.openings: list[Opening] = []
        self.spent: list[Spent] = []
        self.answer: Answer | None = None

    def add(self, pages: tuple[Page, ...]) -> None:
        """Count a page of each."""
        for tally, page in zip(self.tallies, pages, strict=True):
            tally.add(page)


def play(plans: Sequence[Plan], total: int, comparison: Comparison | None) -> Told:
    """Replay each plan; `total` is how many units their source has.

    Raises:
        ReplayError: one of them could not go on.
    """
    told = Told(len(plans))
    with contextlib.ExitStack() as running, _progress(total) as advance:
        players = [running.enter_context(player(plan)) for plan in plans]
        streams = [one.pages() for one in players]
        for pages in zip_longest(*streams, fillvalue=_EMPTY):
            told.add(pages)
            if comparison is not None:
                comparison.add(*pages)
            else:
                told.openings += pages[-1].openings
            advance(max(page.units for page in pages))
        told.spent = [one.spent for one in players]
    told.answer = comparison.answer() if comparison is not None else None
    return told


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, where somebody looks at it."""
    screen = Console(stderr=True)
    columns = (TextColumn("replay"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("replay", total=total)
        yield lambda units: bar.advance(task, units)
