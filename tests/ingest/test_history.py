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


NO_LABELS = (ALERT % (b"firing", b"")).replace(
    b'"labels": {"alertname": "A"}', b'"annotations": {"labels": "x"}'
)
CHANGE = b'{"id": "c", "type": "deploy", "service": "web", "time": "2026-03-01T12:00:00Z", %s}'


@pytest.mark.parametrize(
    "further",
    [
        b'"labels": {"team": "a"}',
        b'"labels": {"team": "a"}, "status": "succeeded"',
        b'"scope": {"labels": "x"}',
    ],
)
def test_a_change_that_speaks_of_labels_is_a_change(further: bytes) -> None:
    bare = CHANGE % further
    wrapped = b'{"specversion": "1.0", "id": "e", "source": "ci", "type": "dev.tocsin.change.v1", "data": %s}'
    for line in (bare, wrapped % bare):
        found = decode_fact(line, POLICY)
        assert isinstance(found, Change)
        assert found.change_id == "c"


def test_an_alert_in_an_envelope_is_an_alert() -> None:
    line = b'{"specversion": "1.0", "id": "e", "source": "am", "type": "dev.tocsin.alert.v1", "data": %s}'
    assert isinstance(decode_fact(line % (ALERT % (b"firing", b"")), POLICY), AlertEvent)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b'{"source": "am", "status": "firing", "labels": {"a": "b"}}', "starts_at"),
        (NO_LABELS, "labels"),
        (ALERT % (b"firing", b', "type": "deploy", "annotations": 1'), "annotations"),
    ],
)
def test_of_a_broken_alert_it_is_said_what_is_wrong_with_the_alert(line: bytes, path: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_fact(line, POLICY)
    assert path in str(refused.value)


FAR = b'"9999-12-31T23:59:59Z"'


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (ALERT % (b"firing", b', "received_at": %s' % FAR), "received_at"),
        (ALERT % (b"resolved", b', "ends_at": %s' % FAR), "ends_at"),
        ((ALERT % (b"firing", b"")).replace(b'"2026-03-01T12:00:00Z"', FAR), "starts_at"),
        (CHANGE % (b'"received_at": "2300-01-01T00:00:00Z"'), "received_at"),
        (CHANGE % (b'"ended_at": %s' % FAR), "ended_at"),
        (CHANGE % (b'"waves": ["2026-03-01T12:00:00Z", %s]' % FAR), r"waves[1].time"),
        ((CHANGE % b'"env": ""').replace(b'"2026-03-01T12:00:00Z"', b'"2200-01-01T00:00:00Z"'), "time"),
    ],
)
def test_a_time_that_nobody_means_is_refused(line: bytes, path: str) -> None:
    with pytest.raises(InvalidInputError, match="out of range") as refused:
        decode_fact(line, POLICY)
    assert refused.value.path == path
