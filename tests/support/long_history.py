"""A long history to replay: `python -m tests.support.long_history` fills PostgreSQL or Kafka, and replays it.

Over a week faults begin at chance among 200 services in layers. A fault is heard of from its service and some
of its callers; most alerts are sent again now and then and end within hours, one in fifty never ends.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import click
from aiokafka import AIOKafkaProducer

from bot.domain.alert import AlertEvent, AlertStatus, event_identity
from bot.domain.change import Change, ChangeKind
from bot.domain.decisions import Decision, DecisionKind
from bot.domain.incident import Reason
from bot.ingest.records import ALERTS_TOPIC, CHANGES_TOPIC, encode_alert, encode_change
from bot.store.migrate import make_partitions
from bot.store.unit_of_work import PostgresStore
from tests.store.conftest import migrated_template
from tests.support.kafka import KafkaBroker
from tests.support.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPAN: Final = timedelta(days=7)
SERVICES: Final = 200
_CALLERS: Final = 6
_EVENTS_A_FAULT: Final = 23
"""As measured: so many events a fault makes on average."""
_CHANGES_AN_HOUR: Final = 40
_CHUNK: Final = 10_000
_OLD: Final = """
rules:
  - {name: pages, match: [severity=critical], group_by: [service], window: 30m}
  - {name: default}
"""
_NEW: Final = """
rules:
  - {name: quiet, match: ['service=~"service-1[0-9]"', severity=warning], action: suppress}
  - {name: several, match: [severity=warning], group_by: [alertname], window: 10m, min_events: 2}
  - {name: pages, match: [severity=critical], group_by: [service], window: 1h, join: {hops: 1}}
  - {name: default}
"""


def alerts(many: int, begin: datetime, seed: int = 1) -> Iterator[AlertEvent]:
    """About so many notifications over the week, in the order of receipt."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable flow, nothing secret
    faults = many // _EVENTS_A_FAULT + 1
    waiting: list[tuple[datetime, int, AlertEvent]] = []
    number = count()
    for fault in range(faults):
        moment = begin + SPAN * 0.95 * (fault / faults)
        while waiting and waiting[0][0] <= moment:
            yield heappop(waiting)[2]
        for event in _fault(fault, moment, chance):
            heappush(waiting, (event.received_at, next(number), event))
    while waiting:
        yield heappop(waiting)[2]


def changes(begin: datetime, seed: int = 1) -> Iterator[Change]:
    """The changes of the week, in the order of receipt."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable flow, nothing secret
    every = int(SPAN / timedelta(hours=1)) * _CHANGES_AN_HOUR
    for number in range(every):
        at = begin + SPAN * (number / every)
        service = f"service-{chance.randrange(SERVICES)}"
        kind = chance.choice(list(ChangeKind))
        yield Change(str(number), "ci", kind, service, "production", at, at, f"Change {number}")


def _fault(number: int, begun: datetime, chance: random.Random) -> Iterator[AlertEvent]:
    root = chance.randrange(SERVICES)
    for place in range(1 + chance.randrange(_CALLERS)):
        service = f"service-{(root + place) % SERVICES}"
        for name in chance.sample(("HighErrors", "SlowAnswers", "QueueGrows", "PodRestarts"), 2):
            starts = begun + timedelta(seconds=chance.expovariate(1 / 60))
            lasts = timedelta(seconds=chance.expovariate(1 / 2_400))
            key = f"{service}/{name}/{number}"
            at = starts + timedelta(seconds=15)
            while at < starts + lasts:
                yield _alert(key, service, name, starts, at, None)
                at += timedelta(minutes=chance.choice((5, 5, 30, 240)))
            if chance.random() > 0.02:
                yield _alert(key, service, name, starts, starts + lasts, starts + lasts)


def _alert(
    key: str, service: str, name: str, starts: datetime, at: datetime, ends: datetime | None
) -> AlertEvent:
    status = AlertStatus.FIRING if ends is None else AlertStatus.RESOLVED
    severity = "critical" if name == "HighErrors" else "warning"
    return AlertEvent(
        event_id=event_identity("alertmanager", key, starts, status, ends),
        source="alertmanager",
        fingerprint=key,
        status=status,
        name=name,
        service=service,
        environment="production",
        labels={
            "alertname": name,
            "service": service,
            "severity": severity,
            "environment": "production",
            "cluster": "eu-1",
            "namespace": "shop",
            "pod": f"{service}-{key[-4:]}",
            "team": "payments",
        },
        annotations={
            "summary": f"{name} on {service}",
            "runbook_url": f"https://runbooks.example.com/{name}",
        },
        starts_at=starts,
        ends_at=ends,
        received_at=at,
        generator_url=f"https://prometheus.example.com/graph?g0.expr={name}",
    )


def _chunks(events: Iterable[AlertEvent]) -> Iterator[list[AlertEvent]]:
    rest = iter(events)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


async def fill_database(url: str, events: Iterable[AlertEvent], begin: datetime) -> int:
    """Write the history as the consumers do; what was decided does not matter to a replay."""
    written = 0
    said = Decision(DecisionKind.ATTACH, "", None, Reason("group", "It belongs to an open group."))
    raw = await asyncpg.connect(url)
    await make_partitions(raw, begin.date())
    await raw.close()
    store = PostgresStore(url)
    for chunk in _chunks(events):
        async with store.begin() as work:
            await work.events.append(chunk, [said] * len(chunk))
        written += len(chunk)
    async with store.begin() as work:
        await work.changes.add(list(changes(begin)))
    await store.close()
    return written


async def fill_topics(bootstrap: str, events: Iterable[AlertEvent], begin: datetime) -> int:
    """Produce the history, each record with its time of receipt."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="lz4", linger_ms=20)
    await producer.start()
    written = 0
    for topic, records in (
        (CHANGES_TOPIC, ((one, encode_change(one)) for one in changes(begin))),
        (ALERTS_TOPIC, ((one, encode_alert(one)) for one in events)),
    ):
        for fact, record in records:
            at = int(fact.received_at.timestamp() * 1_000)
            await producer.send(
                topic, record.value, key=record.key.encode(), headers=list(record.headers), timestamp_ms=at
            )
            written += 1
    await producer.stop()
    return written


def replayed(origin: str, environment: dict[str, str], since: datetime) -> str:
    """What `tocsin replay --diff --stats` says of its time and memory, with two sets of rules."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rules in (("old", _OLD), ("new", _NEW)):
            (Path(folder) / name / "rules").mkdir(parents=True)
            (Path(folder) / name / "rules" / "a.yaml").write_text(rules)
        words = ["replay", "--since", since.isoformat(), "--from", origin, "--diff", "--stats", "-o", "json"]
        words += ["--rules", f"{folder}/new"]
        done = subprocess.run(
            [Path(sys.executable).with_name("tocsin"), *words],
            env={**os.environ, **environment, "TOCSIN_CONFIG": f"{folder}/old"},
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stderr


@click.command()
@click.option("--events", default=1_000_000, show_default=True)
@click.option("--from", "origin", type=click.Choice(["database", "kafka"]), default="database")
def main(events: int, origin: str) -> None:
    """Measure a replay of so many alert events of a week."""
    begin = datetime.now(UTC) - SPAN
    flow = alerts(events, begin)
    server = PostgresServer() if origin == "database" else KafkaBroker()
    server.start()
    try:
        begun = time.monotonic()
        if isinstance(server, PostgresServer):
            url = server.create_database(migrated_template(server))
            written = asyncio.run(fill_database(url, flow, begin))
            environment = {"DATABASE_URL": url}
        else:
            asyncio.run(server.create_topics({ALERTS_TOPIC: 6, CHANGES_TOPIC: 6}))
            written = asyncio.run(fill_topics(server.bootstrap, flow, begin))
            environment = {"KAFKA_BOOTSTRAP_SERVERS": server.bootstrap}
        click.echo(f"{written:,} written in {time.monotonic() - begun:.0f} s; {server.description}")
        click.echo(replayed(origin, environment, begin - timedelta(hours=1)))
    finally:
        server.close()


if __name__ == "__main__":
    main()
