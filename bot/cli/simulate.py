"""`tocsin simulate`: cases of a made-up operator, whose truth and whose ceiling are known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from bot.cli.numbers import Number
from bot.evaluation.simulator.case import simulate as simulate_case
from bot.evaluation.simulator.files import made_otherwise, write_case
from bot.evaluation.simulator.settings import Flaws, Settings

_SHARE: Final = Number(0.0, 1.0)
_MANY_SEEDS: Final = 1_000
_NAMED: Final = 5


class _Seeds(click.ParamType[list[int]]):
    """Seeds as 7, 1-20 or 1-5,9."""

    name = "seeds"

    def convert(
        self, value: str | list[int], param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        if isinstance(value, list):
            return value
        seeds: dict[int, None] = {}
        try:
            for part in value.split(","):
                first, dash, last = part.partition("-")
                start, end = int(first), int(last if dash else first)
                if not 0 <= start <= end < start + _MANY_SEEDS:
                    self.fail(f"{part!r} is no range of at most {_MANY_SEEDS} seeds", param, ctx)
                seeds.update(dict.fromkeys(range(start, end + 1)))
        except ValueError:
            self.fail(f"{value!r} is not of the form 7, 1-20 or 1-5,9", param, ctx)
        return list(seeds)


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder.")
@click.option("--seed", type=click.IntRange(0), help="One case, straight into the folder.")
@click.option("--seeds", type=_Seeds(), help="Cases side by side, as in 1-20, each in a folder `seed-001`.")
@click.option(
    "--rate",
    type=Number(0.05, 1000),
    default=12.0,
    show_default=True,
    help="Changes an hour, in bursts as one operator's deploys came (9,080 of them, 2021-24).",
)
@click.option(
    "--incidents", type=click.IntRange(1, 100_000), default=400, show_default=True, help="Faults a case."
)
@click.option("--services", type=click.IntRange(12, 5_000), help="Assumed: 40 to 200, drawn by the seed.")
@click.option(
    "--gap",
    type=Number(0.01, 1_000),
    default=3.0,
    show_default=True,
    help="Hours between two faults on average; assumed. About half of them then overlap another.",
)
@click.option(
    "--noise",
    type=Number(0.0, 100),
    default=0.4,
    show_default=True,
    help="Alerts an hour, for 40 services, that belong to no fault; as in PetShop's quiet runs.",
)
@click.option(
    "--missing-edges", type=_SHARE, default=0.0, show_default=True, help="Calls that the topology lacks."
)
@click.option(
    "--unnamed", type=_SHARE, default=0.01, show_default=True, help="Alerts and changes without a service."
)
@click.option(
    "--clock-skew",
    type=Number(0.0, 86_400),
    default=2.0,
    show_default=True,
    help="Seconds by which each service's clock is off, at most, either way.",
)
@click.option(
    "--late", type=_SHARE, default=0.02, show_default=True, help="Events 4 minutes late on average."
)
@click.option("--duplicates", type=_SHARE, default=0.02, show_default=True, help="Events that come twice.")
def simulate(
    out: Path,
    seed: int | None,
    seeds: list[int] | None,
    rate: float,
    incidents: int,
    services: int | None,
    gap: float,
    noise: float,
    missing_edges: float,
    unnamed: float,
    clock_skew: float,
    late: float,
    duplicates: float,
) -> None:
    """Write simulated cases for `tocsin evaluate`: a call graph, changes, faults, alerts and the truth.

    The same seed always gives the same bytes. Seeds 1 to 20 are for development, 101 to 110 for reports.
    What each number rests on, and what is only assumed: docs/explanation/simulation.md.
    """
    if (seed is None) == (seeds is None):
        raise click.UsageError("give either --seed or --seeds")
    flaws = Flaws(missing_edges, unnamed, clock_skew, late=late, duplicates=duplicates)
    settings = Settings(rate=rate, incidents=incidents, services=services, gap=gap, noise=noise, flaws=flaws)
    folders = {out / f"seed-{one:03d}": one for one in seeds or ()} if seed is None else {out: seed}
    strangers = made_otherwise(out, settings, folders)
    with click.progressbar(
        length=len(folders), label="Cases", file=sys.stderr, hidden=seed is not None
    ) as progress:
        for folder, one in folders.items():
            write_case(simulate_case(f"s{one}", one, settings), folder)
            progress.update(1)
    if strangers:
        named = ", ".join(strangers[:_NAMED]) + (", ..." if len(strangers) > _NAMED else "")
        click.echo(f"{out} still holds cases that other settings made: {named}", err=True)
