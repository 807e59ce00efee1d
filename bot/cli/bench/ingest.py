"""`tocsin bench ingest`: alerts a second from Kafka to committed rows, with rules, groups and suspects."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import click

from bot.cli.bench import flow
from bot.cli.bench.filling import fill
from bot.cli.bench.ours import OurSide
from bot.cli.bench.parts import consuming, in_words, own_database, own_topics
from bot.cli.bench.yardstick import Yardstick
from bot.cli.errors import CHECK_FAILED
from bot.kafka.security import KafkaSettings, client_options
from consumers.garbage import collect_rarely

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.cli.bench.ours import Outcome

_PARTITIONS: Final = 6
_TURNS: Final = 5


@click.command()
@click.option("--database-url", envvar="DATABASE_URL", required=True, help="Where a database may be created.")
@click.option("--kafka", envvar="KAFKA_BOOTSTRAP_SERVERS", required=True, metavar="HOST:PORT,...")
@click.option("--alerts", "count", type=click.IntRange(50), default=200_000, show_default=True)
@click.option("--services", type=click.IntRange(1), default=flow.SERVICES, show_default=True)
@click.option("--batch", type=click.IntRange(1, 10_000), default=2_000, show_default=True)
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def ingest(database_url: str, kafka: str, count: int, services: int, batch: int, output: str) -> None:
    """Alerts a second from Kafka to committed rows, beside consuming and upserting alone.

    The two take turns on parts of the same flow, so that what else the machine does slows both. It says, too,
    which share of our time goes to thinking: to rules, decisions and suspects.
    """
    count -= count % flow.EPISODE
    client = client_options(KafkaSettings(kafka))
    with in_words():
        seconds, outcome = asyncio.run(_measure(database_url, client, count, services, batch))
    rates = count / seconds["yardstick"], count / seconds["ours"]
    thinking = {step: spent / seconds["ours"] for step, spent in outcome.thinking_s.items()}
    figures = _figures(*rates, outcome, count, thinking)
    click.echo(_text(*rates, outcome, count, thinking) if output == "text" else json.dumps(figures))
    if wrong := list(_wrong(outcome, count)):
        click.echo("\n".join(wrong), err=True)
        raise SystemExit(CHECK_FAILED)


async def _measure(
    url: str, client: Mapping[str, Any], count: int, services: int, batch: int
) -> tuple[dict[str, float], Outcome]:
    turns = min(_TURNS, count // flow.EPISODE)
    shares = [count // turns] * (turns - 1)
    shares.append(count - sum(shares))
    async with own_topics(client, turns, _PARTITIONS) as topics, own_database(url) as database:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            parts = list(zip(topics, shares, strict=True))
            await asyncio.get_running_loop().run_in_executor(other, fill, client, parts, services)
        connection = await asyncpg.connect(database)
        try:
            yardstick, ours = Yardstick(connection, batch), OurSide(database, batch, services)
            await yardstick.prepare()
            await ours.prepare(count)
            collect_rarely()
            seconds = {"yardstick": 0.0, "ours": 0.0}
            for topic, share in parts:
                for name, side in (("yardstick", yardstick), ("ours", ours)):
                    async with consuming(client, topic, name) as consumer:
                        seconds[name] += await side.seconds_for(consumer, share)
            return seconds, await ours.close(connection)
        finally:
            await connection.close()


def _wrong(outcome: Outcome, count: int) -> Iterator[str]:
    wanted = flow.expected(count)
    for what, was, should in (
        ("incidents opened", outcome.incidents_opened, wanted.opened),
        ("rankings made", outcome.rankings_made, wanted.opened),
        ("repeats", outcome.repeats, wanted.repeats),
        ("alerts resolved", outcome.resolved, wanted.resolved),
    ):
        if was != should:
            yield f"{what}: {was}, but the flow has {should}"


def _figures(
    yardstick: float, ours: float, outcome: Outcome, count: int, thinking: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "ratio": round(ours / yardstick, 3),
        "ours_per_s": round(ours),
        "yardstick_per_s": round(yardstick),
        "alerts": count,
        "incidents_opened": outcome.incidents_opened,
        "rankings_made": outcome.rankings_made,
        "repeats": outcome.repeats,
        "resolved": outcome.resolved,
        "thinking_share": round(sum(thinking.values()), 3),
        **{f"{step}_share": round(share, 3) for step, share in thinking.items()},
        "memory_start_mb": round(outcome.memory_start_mb, 1),
        "memory_mb": round(outcome.memory_mb, 1),
    }


def _text(yardstick: float, ours: float, outcome: Outcome, count: int, thinking: Mapping[str, float]) -> str:
    steps = ", ".join(f"{step} {share:.0%}" for step, share in thinking.items())
    return (
        f"{count} alerts: {ours:,.0f}/s with rules, groups and suspects; "
        f"{yardstick:,.0f}/s consumed and upserted alone; ratio {ours / yardstick:.2f}\n"
        f"incidents opened {outcome.incidents_opened}, rankings made {outcome.rankings_made}, "
        f"repeats {outcome.repeats}, resolved {outcome.resolved}\n"
        f"of our time, {sum(thinking.values()):.0%} is thinking: {steps}\n"
        f"memory {outcome.memory_start_mb:.0f} MB at the start, {outcome.memory_mb:.0f} MB at most"
    )
