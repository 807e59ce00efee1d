"""The product's own loop and use case over the bench's records: what is measured beside the yardstick."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry

from bot.app.ingest_alerts import AlertIntake
from bot.app.ports import IncidentPolicy
from bot.app.ranking import Ranker
from bot.app.spent import DECISIONS, RULES, SUSPECTS
from bot.cli.bench import flow
from bot.cli.memory import resident_mb
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.ingest.labels import USUAL
from bot.store.unit_of_work import PostgresStore
from bot.wiring.identity import new_id
from consumers.alerts import alerts
from consumers.loop import ConsumerLoop, LoopSettings
from consumers.metrics import ConsumerMetrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg
    from aiokafka import AIOKafkaConsumer

    from bot.app.ports import OutRecord
    from consumers.component import Record

_SAMPLE_EVERY: Final = 20_000


@dataclass(slots=True)
class Outcome:
    """What became of the alerts, and the memory held at first and at most, in MB.

    `thinking_s`: seconds by step (rules, decisions, suspects) of all the time that it took.
    """

    incidents_opened: int = 0
    rankings_made: int = 0
    repeats: int = 0
    resolved: int = 0
    memory_start_mb: float = 0.0
    memory_mb: float = 0.0
    thinking_s: dict[str, float] = field(default_factory=dict)


class OurSide:
    """Consumes one topic after another into the same database."""

    def __init__(self, database: str, batch: int, services: int) -> None:
        self._store = PostgresStore(database, application="tocsin bench")
        self._batch = batch
        self._services = services
        self._registry = CollectorRegistry()
        self._metrics = ConsumerMetrics(self._registry)
        self._intake = AlertIntake(
            self._store,
            flow.rules(),
            Ranker(flow.catalog(services), DEFAULT_PARAMETERS),
            IncidentPolicy(),
            lambda: datetime.now(UTC),
            new_id,
        )
        self.outcome = Outcome()

    async def prepare(self, alerts_in_all: int) -> None:
        """Enter the changes that are to be ranked, and look up how often services are changed."""
        known = flow.changes(alerts_in_all, services=self._services)
        async with self._store.begin() as uow:
            for start in range(0, len(known), 1_000):
                await uow.changes.add(known[start : start + 1_000])
        async with self._store.singly() as uow:
            paces, look_back = self._intake.ranker.paces, DEFAULT_PARAMETERS.look_back
            await paces.look(uow, max(one.received_at for one in known) + timedelta.resolution, look_back)

    async def seconds_for(self, consumer: AIOKafkaConsumer, count: int) -> float:
        """Consume until so many records are committed, offsets and all; gives the time it took.

        The time of the last commit counts: that a consumer then waits for the next records, before it notices
        that it is to stop, is no work.
        """
        stop = asyncio.Event()
        left, ended = count, 0.0
        self.outcome.memory_start_mb = self.outcome.memory_start_mb or resident_mb()

        def committed(_record: Record) -> None:
            nonlocal left, ended
            left -= 1
            if left % _SAMPLE_EVERY == 0:
                self.outcome.memory_mb = max(self.outcome.memory_mb, resident_mb())
            if left == 0:
                ended = time.monotonic()
                stop.set()

        loop = ConsumerLoop(
            alerts(self._intake, USUAL, self._metrics),
            "bench",
            _NoDeadLetters(),
            self._metrics,
            _room,
            LoopSettings(batch_records=self._batch),
            committed=committed,
        )
        began = time.monotonic()
        await loop.run(consumer, stop)
        return ended - began

    async def close(self, connection: asyncpg.Connection[Any]) -> Outcome:
        """End, and count: in the database what was opened and ranked, in the metrics what was decided."""
        await self._store.close()
        self.outcome.repeats = self._counted("tocsin_decisions_total", kind="duplicate")
        self.outcome.resolved = self._counted("tocsin_decisions_total", kind="alert_resolved")
        self.outcome.thinking_s = {
            step: self._registry.get_sample_value("tocsin_thinking_seconds_total", {"step": step}) or 0.0
            for step in (RULES, DECISIONS, SUSPECTS)
        }
        self.outcome.incidents_opened = await connection.fetchval("SELECT count(*) FROM incidents")
        self.outcome.rankings_made = await connection.fetchval(
            "SELECT count(*) FROM rankings WHERE json_array_length(body->'suspects') > 0"
        )
        return self.outcome

    def _counted(self, name: str, **labels: str) -> int:
        return int(self._registry.get_sample_value(name, labels) or 0)


class _NoDeadLetters:
    """The flow has none; one would be a fault of ours."""

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Refuse."""
        raise AssertionError(records[0].headers, within)

    async def check(self) -> None:
        """Answer."""


async def _room() -> bool:
    """Nothing is delivered here, so the outbox only grows."""
    return True
