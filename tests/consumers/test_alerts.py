from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from prometheus_client import CollectorRegistry

from bot.app.ingest_alerts import TakenIn
from bot.domain.decisions import DecisionKind
from bot.domain.errors import InvalidInputError
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import encode_alert
from consumers.alerts import alerts
from consumers.batch import decoded
from consumers.metrics import ConsumerMetrics
from tests.consumers.fake_consumer import FakeRecord
from tests.support.facts import alert_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ingest_alerts import AlertIntake
    from bot.domain.alert import AlertEvent
    from consumers.component import Component

POLICY = LabelPolicy(service=("team_service",))


@dataclass
class Intake:
    taken: list[AlertEvent] = field(default_factory=list)

    async def take_in(self, events: Sequence[AlertEvent]) -> TakenIn:
        self.taken += events
        return TakenIn({DecisionKind.OPEN: 1, DecisionKind.DUPLICATE: 2}, ranked=3, spent={"rules": 0.25})


def made(intake: Intake, registry: CollectorRegistry | None = None) -> Component[AlertEvent]:
    metrics = ConsumerMetrics(registry or CollectorRegistry())
    return alerts(cast("AlertIntake", intake), POLICY, metrics)


def record(value: Any, **more: Any) -> FakeRecord:
    return FakeRecord(
        value if isinstance(value, bytes) else json.dumps(value).encode(), 0, headers=(), **more
    )


def test_a_record_becomes_an_alert_of_the_service_that_the_labels_say() -> None:
    component = made(Intake())
    sent = alert_event(labels={"team_service": "pay"})
    encoded = encode_alert(sent)
    event = component.decode(FakeRecord(encoded.value, 0, headers=encoded.headers))
    assert (component.name, component.topic) == ("alerts", "tocsin.alerts.v1")
    assert (event.event_id, event.service) == (sent.event_id, "pay")


def test_an_alert_without_a_time_of_receipt_has_the_records() -> None:
    bare = {"source": "x", "status": "firing", "labels": {"a": "b"}, "starts_at": "2026-03-01T12:00:00Z"}
    event = made(Intake()).decode(record(bare, timestamp=1_772_366_400_000))
    assert event.received_at.isoformat() == "2026-03-01T12:00:00+00:00"


@pytest.mark.parametrize("value", [b"", b"poison", b"[]", b'{"status": "firing"}', b"\xff\x00"])
def test_what_is_no_alert_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidInputError):
        made(Intake()).decode(record(value))


def test_a_tombstone_is_no_alert() -> None:
    with pytest.raises(InvalidInputError):
        made(Intake()).decode(FakeRecord(None, 0))


async def test_nothing_in_a_record_is_able_to_stop_the_consumer() -> None:
    """Values and headers that a decoder stumbles over become dead letters too."""
    bare = {"source": "x", "status": "firing", "labels": {"a": "b"}, "starts_at": "2026-03-01T12:00:00Z"}
    odd = [
        record(bare, timestamp=2**62),  # beyond every calendar
        FakeRecord(b"x", 1, headers=cast("Any", (("content-type", None),))),
        FakeRecord(b"[" * 100_000, 2),
    ]
    batch = await decoded(made(Intake()), {0: odd})
    assert batch.understood == []
    assert [one.offset for one, _ in batch.not_understood] == [0, 1, 2]


async def test_what_was_decided_is_counted() -> None:
    registry, intake = CollectorRegistry(), Intake()
    event = alert_event()
    await made(intake, registry).handle([event])
    assert intake.taken == [event]
    assert registry.get_sample_value("tocsin_decisions_total", {"kind": "open"}) == 1
    assert registry.get_sample_value("tocsin_decisions_total", {"kind": "duplicate"}) == 2
    assert registry.get_sample_value("tocsin_rankings_total") == 3
    assert registry.get_sample_value("tocsin_thinking_seconds_total", {"step": "rules"}) == 0.25
