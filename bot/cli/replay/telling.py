"""Says what the replays said: on stdout as text or JSON, on stderr what it took."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click
import msgspec

from bot.cli.memory import peak_mb
from bot.cli.replay import show
from bot.replay.comparison import Answer

if TYPE_CHECKING:
    from bot.cli.replay.running import Told
    from bot.domain.rules import RuleSet


def tell(told: Told, rules: RuleSet, most: int, output: str) -> None:
    """What the rules would have led to; tables of at most `most` lines."""
    names = [rule.name for rule in rules.rules]
    [tally] = told.tallies
    if output == "json":
        _echo_json(
            {**show.tally_json(tally, names), "openings": [show.opening_json(one) for one in told.openings]}
        )
        return
    out = show.console()
    show.show_tally(out, tally, names)
    show.show_openings(out, told.openings, most)


def tell_difference(told: Told, rules: RuleSet, named: tuple[str, str], most: int, output: str) -> bool:
    """How the two, so named, differ; gives whether they do at all."""
    names = [rule.name for rule in rules.rules]
    before, after = told.tallies
    answer = told.answer or Answer(0, [], [])
    differs = bool(answer.incidents or answer.decisions)
    if output == "json":
        sides = {"before": show.tally_json(before, ()), "after": show.tally_json(after, names)}
        _echo_json({**sides, "diff": show.answer_json(answer)})
        return differs
    out = show.console()
    show.show_totals(out, before, after, named)
    show.show_tally(out, after, names)
    show.show_answer(out, answer, most)
    return differs


def _echo_json(document: Any) -> None:
    click.echo(msgspec.json.encode(document).decode())


def tell_spent(told: Told, seconds: float) -> None:
    """How long it took, and how much memory: of each replay, and of what compares them."""
    facts = told.tallies[-1].facts
    memory = " + ".join(f"{one.peak_mb:.0f}" for one in told.spent)
    processor = " + ".join(f"{one.seconds:.1f}" for one in told.spent)
    parts = [
        f"{facts:,} events and changes in {seconds:.1f} s ({facts / seconds:,.0f}/s)",
        f"processor {processor} s and {time.process_time():.1f} s to compare",
        f"at most {memory} MB and {peak_mb():.0f} MB of memory",
    ]
    click.echo("; ".join(parts), err=True)
