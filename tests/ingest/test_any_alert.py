from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.alert import AlertStatus
from bot.domain.errors import InvalidInputError
from bot.ingest.any_alert import read_alerts
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import encode_alert

BODIES = Path(__file__).parent.parent / "fixtures" / "alertmanager"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LABELS = {"alertname": "A", "service": "s"}


def read(document: Any) -> list[Any]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(read_alerts(body, NOW, LabelPolicy()))


def test_a_body_of_alertmanager() -> None:
    found = read((BODIES / "firing.json").read_bytes())
    assert [one.name for one in found] == ["HighErrorRate"] * 2
    assert found[0].received_at == NOW


def test_labels_alone_are_an_alert_that_fires_now() -> None:
    [alert] = read({"labels": LABELS})
    assert (alert.name, alert.service, alert.status, alert.starts_at) == ("A", "s", AlertStatus.FIRING, NOW)


def test_labels_and_a_time_are_an_alert_of_that_time() -> None:
    saturday = NOW - timedelta(days=7)
    for field in ("received_at", "starts_at"):
        [alert] = read({"labels": LABELS, field: saturday.isoformat()})
        assert (alert.status, alert.starts_at) == (AlertStatus.FIRING, saturday)
        assert alert.received_at == (saturday if field == "received_at" else NOW)


def test_one_alert_as_alertmanager_writes_it() -> None:
    [alert] = read(
        {
            "status": "resolved",
            "labels": LABELS,
            "startsAt": "2026-11-21T11:00:00Z",
            "endsAt": "2026-11-21T11:30:00Z",
        }
    )
    assert (alert.status, alert.ends_at) == (AlertStatus.RESOLVED, NOW - timedelta(minutes=30))


def test_a_record_of_the_topic_bare_and_in_an_envelope() -> None:
    [alert] = read({"labels": LABELS})
    record = json.loads(encode_alert(alert).value)
    assert read(record) == [alert]
    envelope = {"specversion": "1.0", "id": "1", "type": "dev.tocsin.alert.v1", "source": "x", "data": record}
    assert read(envelope) == [alert]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (b"nonsense", ""),
        ([], ""),
        ({"lables": LABELS}, "alerts[0].labels"),
        ({"alerts": [{"labels": LABELS}]}, "alerts[0].status"),
        ({"alerts": []}, None),
        ({"source": "x", "labels": LABELS, "status": "firing"}, "starts_at"),
        ({"labels": LABELS, "received_at": "2026-01-05T01:30:00"}, "received_at"),
        ({"labels": LABELS, "starts_at": "2026-01-05T01:30:00"}, "starts_at"),
        ({"labels": LABELS, "receivedAt": "2026-01-05T01:30:00Z"}, "receivedAt"),
    ],
)
def test_what_is_no_alert(document: Any, path: str | None) -> None:
    if path is None:
        assert read(document) == []
        return
    with pytest.raises(InvalidInputError) as caught:
        read(document)
    assert caught.value.path == path or path in str(caught.value)


def test_a_record_of_a_time_that_nobody_means_is_refused() -> None:
    record = {"source": "am", "status": "firing", "labels": LABELS, "starts_at": NOW.isoformat()}
    with pytest.raises(InvalidInputError, match="out of range"):
        read({**record, "starts_at": "9999-12-31T23:59:59Z"})
