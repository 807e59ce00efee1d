"""`tocsin bench`: measures, each beside a yardstick taken in the same run."""

from __future__ import annotations

import click

from bot.cli.bench.ingest import ingest
from bot.cli.bench.latency import latency
from bot.cli.bench.rules import rules


@click.group()
def bench() -> None:
    """Measure this installation's parts, on a database and topics of the bench's own."""


bench.add_command(ingest)
bench.add_command(latency)
bench.add_command(rules)
