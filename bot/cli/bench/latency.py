"""`tocsin bench latency`: from the webhook's POST to the call that creates the incident's channel.

Measured under a steady flow, in turns with the same hops without decisions.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import asyncpg
import click
from pydantic import SecretStr

from bot.cli.bench.arrivals import watched_slack
from bot.cli.bench.hops import TABLE, hop
from bot.cli.bench.parts import in_words
from bot.cli.bench.side import Side, served
from bot.cli.bench.steady import Flow
from bot.cli.bench.surroundings import surroundings
from bot.config.folder import require_configuration
from bot.domain.errors import RemoteUnavailableError
from bot.settings import Settings
from bot.wiring.logs import configure_logs
from bot.wiring.process import ALL_ROLES, Role, run_process

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from bot.cli.bench.arrivals import Arrivals
    from bot.cli.bench.surroundings import Surroundings

TURNS: Final = 5
WARM_UP: Final = 10
_ARRIVE_WITHIN_S: Final = 30.0
_POLL_S: Final = 0.05
_TOKEN: Final = "bench"  # noqa: S105 - of a process on loopback that lives as long as the bench
_OURS: Final = "ours"
_YARDSTICK: Final = "yardstick"
_PROCESSES: Final = {"one": (ALL_ROLES,), "three": tuple(frozenset({role}) for role in Role)}
"""The first one serves."""
_CONFIGURATION: Final = """\
channel: "inc-{number}-{service}"
storm: {openings: 1000000}  # every group gets its channel
"""


@click.command()
@click.option("--database-url", envvar="DATABASE_URL", default="", help="Where a database may be created.")
@click.option("--kafka", envvar="KAFKA_BOOTSTRAP_SERVERS", default="", metavar="HOST:PORT,...")
@click.option("--samples", type=click.IntRange(1), default=500, show_default=True, help="New groups a side.")
@click.option("--alerts-per-s", type=click.IntRange(1), default=100, show_default=True)
@click.option("--groups-per-s", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--processes",
    type=click.Choice(["one", "three"]),
    default="one",
    show_default=True,
    help="Tocsin as `tocsin all`, or as serve, consume and deliver.",
)
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def latency(
    database_url: str,
    kafka: str,
    samples: int,
    alerts_per_s: int,
    groups_per_s: int,
    processes: str,
    output: str,
) -> None:
    """Time from a webhook to its channel, beside the same hops without decisions.

    What is not given is embedded. The bench uses a database and topics of its own.
    """
    if alerts_per_s < groups_per_s:
        raise click.UsageError("--alerts-per-s must be at least --groups-per-s")
    configure_logs(Settings(log_level="WARNING"))
    steps = 2 * (samples + WARM_UP)
    with in_words(), click.progressbar(length=steps, label="measuring", file=sys.stderr) as bar:
        times = asyncio.run(
            _measure(
                database_url,
                kafka,
                samples,
                alerts_per_s,
                max(1, alerts_per_s // groups_per_s),
                _PROCESSES[processes],
                lambda: bar.update(1),
            )
        )
    figures = _figures(times)
    click.echo(json.dumps(figures) if output == "json" else _text(figures))


async def _measure(
    database_url: str,
    kafka: str,
    samples: int,
    per_s: int,
    every: int,
    processes: Sequence[frozenset[Role]],
    one_more: Callable[[], None],
) -> Mapping[str, list[float]]:
    """The seconds of every sample, by side."""
    async with contextlib.AsyncExitStack() as stack:
        place = await stack.enter_async_context(surroundings(database_url, kafka))
        await _prepare(place.database_url)
        slack = await stack.enter_async_context(watched_slack())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-bench-")))
        (folder / "tocsin.yaml").write_text(_CONFIGURATION)
        settings = _settings(place, slack, folder)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), headers={"Authorization": f"Bearer {_TOKEN}"}
            )
        )
        ours, *_ = [
            await stack.enter_async_context(served("Tocsin", _product, settings, roles, session=session))
            for roles in processes
        ]
        hops = await stack.enter_async_context(
            served("the yardstick", hop, settings, place.yardstick_topic, session=session)
        )
        webhook = f"{ours}/api/v1/webhooks/alertmanager"
        sides = {
            _OURS: Side(_flow(_OURS, every), lambda _: webhook, session),
            _YARDSTICK: Side(_flow(_YARDSTICK, every), lambda new: f"{hops}/?new={new}", session),
        }
        for groups in (WARM_UP, *_turns(samples)):
            for side in sides.values():
                await side.play(groups, per_s, one_more)
                await _all_arrived(side, slack)
        return {
            name: [slack.at[group] - sent for group, sent in list(side.sent.items())[WARM_UP:]]
            for name, side in sides.items()
        }


def _product(settings: Settings, roles: frozenset[Role], listener: socket.socket) -> None:
    """Tocsin as its commands run it; until SIGTERM."""
    configure_logs(settings)
    asyncio.run(run_process(settings, require_configuration(settings.config), roles, listener))


def _settings(place: Surroundings, slack: Arrivals, folder: Path) -> Settings:
    return Settings(
        database_url=SecretStr(place.database_url),
        kafka_bootstrap_servers=place.bootstrap,
        topic_prefix=place.topic_prefix,
        slack_api_url=slack.api_url,
        slack_bot_token=SecretStr(slack.bot_token),
        slack_signing_secret=SecretStr(slack.signing_secret),
        webhook_token=SecretStr(_TOKEN),
        config=folder,
        log_level="WARNING",
    )


async def _prepare(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(TABLE)
    finally:
        await connection.close()


def _flow(side: str, every: int) -> Flow:
    return Flow(side, every, random.Random(1))  # noqa: S311 - the same flow every time


def _turns(samples: int) -> list[int]:
    """The samples in a few even turns."""
    turns = min(TURNS, samples)
    return [samples // turns + (1 if turn < samples % turns else 0) for turn in range(turns)]


async def _all_arrived(side: Side, slack: Arrivals) -> None:
    """Wait until every group has its channel.

    Raises:
        RemoteUnavailableError: one has none in time.
    """
    deadline = time.monotonic() + _ARRIVE_WITHIN_S
    while missing := side.sent.keys() - slack.at.keys():
        if time.monotonic() > deadline:
            raise RemoteUnavailableError(f"{len(missing)} channels were never asked for")
        await asyncio.sleep(_POLL_S)


def _figures(times: Mapping[str, list[float]]) -> dict[str, Any]:
    figures = {
        f"{side}_{name}_ms": round(_quantile(seconds, share) * 1000, 1)
        for side, seconds in times.items()
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    }
    return {
        "ratio": round(figures[f"{_OURS}_p99_ms"] / figures[f"{_YARDSTICK}_p99_ms"], 2),
        "ratio_p50": round(figures[f"{_OURS}_p50_ms"] / figures[f"{_YARDSTICK}_p50_ms"], 2),
        "samples": len(times[_OURS]),
        **figures,
    }


def _quantile(seconds: list[float], share: float) -> float:
    """The smallest value that so many of the values do not exceed."""
    return sorted(seconds)[math.ceil(share * len(seconds)) - 1]


def _text(figures: Mapping[str, Any]) -> str:
    lines = [
        f"{side:<10} p50 {figures[f'{side}_p50_ms']:7.1f} ms   p99 {figures[f'{side}_p99_ms']:7.1f} ms   "
        f"max {figures[f'{side}_max_ms']:7.1f} ms"
        for side in (_OURS, _YARDSTICK)
    ]
    head = f"{figures['samples']} samples a side, webhook to conversations.create"
    ratio = f"ratio      p50 {figures['ratio_p50']:7.2f}      p99 {figures['ratio']:7.2f}"
    return "\n".join([head, *lines, ratio])
