"""`tocsin bench ingest`: alerts a second from Kafka to committed rows, with rules, groups and suspects."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import click
from prometheus_client import CollectorRegistry

from bot.app.ingest_alerts import AlertIntake
from bot.app.ports import IncidentPolicy
from bot.app.ranking import Ranker
from bot.cli.bench import flow
from bot.cli.bench.filling import fill
from bot.cli.bench.memory import resident_mb
from bot.cli.bench.parts import consuming, own_database, own_topic
from bot.cli.bench.yardstick import upserted_per_second
from bot.cli.errors import CHECK_FAILED
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.ingest.labels import LabelPolicy
from bot.kafka.security import KafkaSettings, client_options
from bot.store.unit_of_work import PostgresStore
from bot.wiring.identity import new_id
from consumers.alerts import alerts
from consumers.garbage import collect_rarely
from consumers.loop import ConsumerLoop, LoopSettings
from consumers.metrics import ConsumerMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.app.ports import OutRecord
    from consumers.component import Record

_PARTITIONS: Final = 6
_SAMPLE_EVERY: Final = 20_000


@dataclass(slots=True)
class Measured:
    """What our consumer did: alerts a second, the outcome, and memory in MB from its start to its end."""

    per_s: float = 0.0
    incidents_opened: int = 0
    rankings_made: int = 0
    repeats: int = 0
    resolved: int = 0
    memory_start_mb: float = 0.0
    memory_mb: float = 0.0


@click.command()
@click.option("--database-url", envvar="DATABASE_URL", required=True, help="Where a database may be created.")
@click.option("--kafka", envvar="KAFKA_BOOTSTRAP_SERVERS", required=True, metavar="HOST:PORT,...")
@click.option("--alerts", "count", type=click.IntRange(50), default=200_000, show_default=True)
@click.option("--batch", type=click.IntRange(1, 10_000), default=2_000, show_default=True)
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def ingest(database_url: str, kafka: str, count: int, batch: int, output: str) -> None:
    """Alerts a second from Kafka to committed rows, beside consuming and upserting alone."""
    count -= count % flow.EPISODE
    client = client_options(KafkaSettings(kafka))
    yardstick, ours = asyncio.run(_measure(database_url, client, count, batch))
    click.echo(
        _text(yardstick, ours, count) if output == "text" else json.dumps(_figures(yardstick, ours, count))
    )
    if wrong := list(_wrong(ours, count)):
        click.echo("\n".join(wrong), err=True)
        raise SystemExit(CHECK_FAILED)


async def _measure(url: str, client: Mapping[str, Any], count: int, batch: int) -> tuple[float, Measured]:
    async with own_topic(client, _PARTITIONS) as topic, own_database(url) as database:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            await asyncio.get_running_loop().run_in_executor(other, fill, client, topic, count)
        connection = await asyncpg.connect(database)
        try:
            async with consuming(client, topic, "yardstick") as consumer:
                yardstick = await upserted_per_second(consumer, connection, count)
            await connection.execute("DROP TABLE yardstick")
            await connection.execute("CHECKPOINT")
            ours = await _ours(database, client, topic, count, batch)
            await _look(connection, ours)
        finally:
            await connection.close()
    return yardstick, ours


async def _ours(database: str, client: Mapping[str, Any], topic: str, count: int, batch: int) -> Measured:
    """Run the product's own loop and use case until every record is committed."""
    registry = CollectorRegistry()
    metrics = ConsumerMetrics(registry)
    store = PostgresStore(database, application="tocsin bench")
    known = flow.changes(count)
    async with store.begin() as uow:
        for start in range(0, len(known), 1_000):
            await uow.changes.add(known[start : start + 1_000])
    del known
    intake = AlertIntake(
        store,
        flow.rules(),
        Ranker(flow.catalog(), DEFAULT_PARAMETERS),
        IncidentPolicy(),
        lambda: datetime.now(UTC),
        new_id,
    )
    stop = asyncio.Event()
    measured = Measured(memory_start_mb=resident_mb())
    seen = itertools.count(1)

    def committed(_record: Record) -> None:
        number = next(seen)
        if number % _SAMPLE_EVERY == 0:
            measured.memory_mb = max(measured.memory_mb, resident_mb())
        if number == count:
            stop.set()

    loop = ConsumerLoop(
        alerts(intake, LabelPolicy(), metrics),
        "bench",
        _NoDeadLetters(),
        metrics,
        _room,
        LoopSettings(batch_records=batch),
        committed=committed,
    )
    collect_rarely()
    async with consuming(client, topic, "ours") as consumer:
        began = time.monotonic()
        await loop.run(consumer, stop)
        measured.per_s = count / (time.monotonic() - began)
    await store.close()
    measured.memory_mb = max(measured.memory_mb, resident_mb())
    measured.repeats = _counted(registry, "tocsin_decisions_total", kind="duplicate")
    measured.resolved = _counted(registry, "tocsin_decisions_total", kind="alert_resolved")
    measured.rankings_made = _counted(registry, "tocsin_rankings_total")
    return measured


async def _room() -> bool:
    """Nothing is delivered here, so the outbox only grows."""
    return True


class _NoDeadLetters:
    """The flow has none; one would be a fault of ours."""

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Refuse."""
        raise AssertionError(records[0].headers, within)

    async def check(self) -> None:
        """Answer."""


def _counted(registry: CollectorRegistry, name: str, **labels: str) -> int:
    return int(registry.get_sample_value(name, labels) or 0)


async def _look(connection: asyncpg.Connection[Any], ours: Measured) -> None:
    """Count in the database what the process says it did."""
    ours.incidents_opened = await connection.fetchval("SELECT count(*) FROM incidents")
    ranked = await connection.fetchval("SELECT count(*) FROM rankings WHERE json_array_length(body->'suspects') > 0")
    ours.rankings_made = min(ours.rankings_made, ranked)


def _wrong(ours: Measured, count: int) -> Iterator[str]:
    wanted = flow.expected(count)
    for what, was, should in (
        ("incidents opened", ours.incidents_opened, wanted.opened),
        ("rankings made", ours.rankings_made, wanted.opened),
        ("repeats", ours.repeats, wanted.repeats),
        ("alerts resolved", ours.resolved, wanted.resolved),
    ):
        if was != should:
            yield f"{what}: {was}, but the flow has {should}"


def _figures(yardstick: float, ours: Measured, count: int) -> dict[str, Any]:
    return {
        "ratio": round(ours.per_s / yardstick, 3),
        "ours_per_s": round(ours.per_s),
        "yardstick_per_s": round(yardstick),
        "alerts": count,
        "incidents_opened": ours.incidents_opened,
        "rankings_made": ours.rankings_made,
        "repeats": ours.repeats,
        "resolved": ours.resolved,
        "memory_start_mb": round(ours.memory_start_mb, 1),
        "memory_mb": round(ours.memory_mb, 1),
    }


def _text(yardstick: float, ours: Measured, count: int) -> str:
    return (
        f"{count} alerts: {ours.per_s:,.0f}/s with rules, grouping and suspects; "
        f"{yardstick:,.0f}/s consumed and upserted alone; ratio {ours.per_s / yardstick:.2f}\n"
        f"incidents opened {ours.incidents_opened}, rankings made {ours.rankings_made}, "
        f"repeats {ours.repeats}, resolved {ours.resolved}\n"
        f"memory {ours.memory_start_mb:.0f} MB at the start, {ours.memory_mb:.0f} MB at most"
    )
