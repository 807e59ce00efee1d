"""`tocsin replay`: the history through other rules, without effects, and what would have been different."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.errors import CHECK_FAILED
from bot.cli.replay.opening import opened
from bot.cli.replay.plan import Moment, Plan, Span, configuration
from bot.cli.replay.running import play
from bot.cli.replay.telling import tell, tell_difference, tell_spent
from bot.replay.comparison import Comparison
from bot.settings import from_environment
from bot.store.history import Period
from bot.wiring.logs import configure_logs

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.domain.rules import RuleSet


@click.command()
@click.option(
    "--since", type=Moment(), default="24h", show_default=True, help="A span before now, or a time."
)
@click.option("--until", type=Moment(), default="0s", help="The same; default: now.")
@click.option(
    "--from",
    "origin",
    default="database",
    show_default=True,
    metavar="database|kafka|FILE",
    help="Where the history is: the stored events, what Kafka kept, or JSON lines (- for standard input).",
)
@click.option(
    "--rules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of rules, or a whole configuration folder; default: what is running now.",
)
@click.option("--diff", is_flag=True, help="Compare with what is running now.")
@click.option(
    "--against",
    type=click.Choice(["rules", "decisions"]),
    default="rules",
    show_default=True,
    help="What to compare with: the rules of TOCSIN_CONFIG, or what was decided at the time.",
)
@click.option(
    "--resolve-after",
    type=Span(),
    default="1h",
    show_default=True,
    help="Nobody acts in a replay: an incident counts as resolved when its alerts have been over so long.",
)
@click.option("--show", "most", type=click.IntRange(0), default=20, show_default=True, help="Lines a table.")
@click.option("--exit-code", is_flag=True, help="With --diff: end with 1 where anything differs.")
@click.option("--stats", is_flag=True, help="Say how long it took and how much memory, on stderr.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def replay(
    since: datetime,
    until: datetime,
    origin: str,
    rules: Path | None,
    diff: bool,
    against: str,
    resolve_after: timedelta,
    most: int,
    exit_code: bool,
    stats: bool,
    output: str,
) -> None:
    """Play the history through other rules: what would have opened, joined, been held or suppressed.

    Nothing is done and nothing is written.
    """
    until = min(until, datetime.now(UTC))
    if until <= since:
        raise click.UsageError("--until must be after --since")
    if against == "decisions" and origin != "database":
        raise click.UsageError("--against decisions needs --from database")
    if exit_code and not diff:
        raise click.UsageError("--exit-code needs --diff: without it nothing is compared")
    settings = from_environment()
    configure_logs(settings)
    begun = time.monotonic()
    with opened(origin, Period(since, until), settings) as (source, total):
        plan = Plan(source, settings.config, rules, resolve_after)
        chosen = configuration(plan).rules
        differs = False
        if not diff:
            told = play([plan], total, None)
            tell(told, chosen, most, output)
        else:
            other = Plan(source, settings.config, None, resolve_after, stored=against == "decisions")
            keep = _longest_reopening(chosen, configuration(other).rules)
            told = play([other, plan], total, Comparison(keep, by_rule=not other.stored))
            before = "as decided" if other.stored else "now"
            named = before, "with the new rules" if rules else "with today's rules"
            differs = tell_difference(told, chosen, named, most, output)
    if stats:
        tell_spent(told, time.monotonic() - begun)
    if exit_code and differs:
        raise SystemExit(CHECK_FAILED)


def _longest_reopening(*sets: RuleSet) -> float:
    """Seconds after which no closed incident of any of them can reopen."""
    return max((rule.reopen_window.total_seconds() for one in sets for rule in one.rules), default=0.0)
