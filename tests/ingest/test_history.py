from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.alert import AlertEvent
from bot.domain.change import Change
from bot.domain.errors import InvalidInputError
from bot.ingest.history import decode_fact
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import encode_alert, encode_change
from tests.support.facts import alert_event, change, later

POLICY = LabelPolicy()
ALERT = (
    b'{"source": "am", "status": "%s", "labels": {"alertname": "A"}, "starts_at": "2026-03-01T12:00:00Z"%s}'
)


def test_a_line_is_what_its_topic_would_hold() -> None:
    event = alert_event("f1")
    assert decode_fact(encode_alert(event).value, POLICY) == replace(event, name="unknown")
    assert decode_fact(encode_change(change()).value, POLICY) == change()


def test_an_alert_that_does_not_say_was_heard_when_it_began_or_ended() -> None:
    fired = decode_fact(ALERT % (b"firing", b""), POLICY)
    ended = decode_fact(ALERT % (b"resolved", b', "ends_at": "2026-03-01T12:01:00Z"'), POLICY)
    assert isinstance(fired, AlertEvent)
    assert isinstance(ended, AlertEvent)
    assert (fired.received_at, ended.received_at) == (later(0), later(60))


def test_a_change_that_does_not_say_was_heard_when_it_was_made() -> None:
    line = b'{"id": "c", "type": "deploy", "service": "web", "time": "2026-03-01T12:00:00Z"}'
    found = decode_fact(line, POLICY)
    assert isinstance(found, Change)
    assert found.received_at == found.time == later(0)


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="type"):
        decode_fact(b'{"id": "c"}', POLICY)
