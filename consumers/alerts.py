"""The consumer of `tocsin.alerts.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.ports import NO_TRACES
from bot.ingest.records import ALERTS_TOPIC, decode_alert
from consumers.component import Component

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ingest_alerts import AlertIntake
    from bot.app.ports import Tracer
    from bot.domain.alert import AlertEvent
    from bot.ingest.labels import LabelPolicy
    from consumers.component import Record
    from consumers.metrics import ConsumerMetrics


def alerts(
    intake: AlertIntake, labels: LabelPolicy, metrics: ConsumerMetrics, tracer: Tracer = NO_TRACES
) -> Component[AlertEvent]:
    """Alerts go to `intake`, a batch at a time; `labels` says what their service and environment are."""

    async def handle(items: Sequence[AlertEvent]) -> None:
        taken = await intake.take_in(items)
        for kind, count in taken.decisions.items():
            metrics.decisions.labels(kind.value).inc(count)
            tracer.tell({f"tocsin.decisions.{kind.value}": count})
        metrics.rankings.inc(taken.ranked)
        for step, seconds in taken.spent.items():
            metrics.thinking.labels(step).inc(seconds)

    def decode(record: Record) -> AlertEvent:
        return decode_alert(record.value, record.headers, record.timestamp, labels)

    return Component("alerts", ALERTS_TOPIC, decode, handle)
