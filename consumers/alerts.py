"""The consumer of `tocsin.alerts.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ingest.records import ALERTS_TOPIC, decode_alert
from consumers.component import Component

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.ingest.labels import LabelPolicy
    from consumers.component import Handle, Record


def alerts(handle: Handle[AlertEvent], labels: LabelPolicy) -> Component[AlertEvent]:
    """Alerts go to `handle`, a batch at a time; `labels` says what their service and environment are."""

    def decode(record: Record) -> AlertEvent:
        return decode_alert(record.value, record.headers, record.timestamp, labels)

    return Component("alerts", ALERTS_TOPIC, decode, handle)
