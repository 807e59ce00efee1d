from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import AlertEvent, AlertStatus
from bot.domain.change import Change, ChangeKind
from bot.domain.errors import InvalidInputError
from bot.domain.incident import Incident, Reason, Severity, State
from bot.ingest.alerts import alert_event
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import (
    SKEW,
    decode_alert,
    decode_change,
    encode_alert,
    encode_change,
    encode_incident_event,
)
from tests.ingest.test_alertmanager import JSON

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
POLICY = LabelPolicy()
BARE: dict[str, Any] = {
    "source": "grafana",
    "status": "firing",
    "labels": {"alertname": "A", "service": "checkout", "env": "production"},
    "starts_at": "2026-11-21T11:00:00Z",
}
ENVELOPE = {"specversion": "1.0", "id": "1", "source": "/grafana", "type": "dev.tocsin.alert.v1"}

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
names = texts.filter(bool)
instants = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants naive bounds
maps = st.dictionaries(names, texts, max_size=4)


@st.composite
def alerts(draw: st.DrawFn) -> AlertEvent:
    return alert_event(
        source=draw(names),
        fingerprint=draw(texts),
        status=draw(st.sampled_from(AlertStatus)),
        labels=draw(maps.filter(bool)),
        annotations=draw(maps),
        starts_at=draw(instants),
        ends_at=draw(st.none() | instants),
        generator_url=draw(texts),
        received_at=draw(instants),
        policy=POLICY,
    )


def decode(document: Any, headers: tuple[tuple[str, bytes], ...] = ()) -> AlertEvent:
    value = document if isinstance(document, bytes) else json.dumps(document).encode()
    return decode_alert(value, headers, NOW_MS, POLICY)


def problem_of(document: Any, headers: tuple[tuple[str, bytes], ...] = ()) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refused:
        decode(document, headers)
    return refused.value


@given(alerts())
def test_an_alert_comes_back_as_it_went(event: AlertEvent) -> None:
    key, value, headers = encode_alert(event)
    assert decode_alert(value, headers, 0, POLICY) == event
    assert key == event.service
    assert dict(headers)["ce_id"] == event.event_id.encode()


@pytest.mark.parametrize("ended", [NOW, None])
def test_an_end_that_was_told_comes_back_and_one_that_was_assumed_is_assumed_again(
    ended: datetime | None,
) -> None:
    event = alert_event(
        source="grafana",
        fingerprint="f",
        status=AlertStatus.RESOLVED,
        labels={"alertname": "A"},
        annotations={},
        starts_at=NOW - timedelta(hours=1),
        ends_at=ended,
        generator_url="",
        received_at=NOW,
        policy=POLICY,
    )
    _, value, headers = encode_alert(event)
    assert ("ends_at" in json.loads(value)) is (ended is not None)
    assert decode_alert(value, headers, 0, POLICY) == event
    assert dict(headers)["ce_specversion"] == b"1.0"


@given(
    st.builds(
        Change,
        change_id=names.filter(str.strip).map(str.strip),
        source=names.filter(str.strip).map(str.strip),
        kind=st.sampled_from(ChangeKind),
        service=names.filter(str.strip).map(str.strip),
        environment=names.filter(str.strip).map(str.strip),
        time=st.just(NOW),
        received_at=instants.filter(lambda moment: moment > NOW),
        summary=texts.map(str.strip),
        scope=maps,
    )
)
def test_a_change_comes_back_as_it_went(change: Change) -> None:
    key, value, headers = encode_change(change)
    assert decode_change(value, headers, int(change.received_at.timestamp() * 1000)) == change
    assert key == change.service


def test_an_incident_event_says_what_happened() -> None:
    incident = Incident(
        id="0190",
        title="Errors",
        state=State.TRIGGERED,
        severity=Severity.CRITICAL,
        environment="production",
        rule="default",
        reason=Reason("first", "the first alert of its group"),
        services=("checkout",),
        opened_at=NOW,
        onset=NOW,
        last_alert_at=NOW,
        number=12,
    )
    key, value, headers = encode_incident_event(incident, "opened", 1, NOW, "publish:0190:1")
    assert (key, dict(headers)["ce_type"]) == ("0190", b"dev.tocsin.incident.v1")
    told = json.loads(value)
    assert (told["incident"], told["event"], told["sequence"], told["state"]) == (
        "INC-12",
        "opened",
        1,
        "triggered",
    )
    assert told["opened_at"] == "2026-11-21T12:00:00Z"


def test_every_form_of_others_is_read() -> None:
    bare = decode(BARE)
    assert (bare.service, bare.environment, bare.received_at) == ("checkout", "production", NOW)
    structured = decode({**ENVELOPE, "data": BARE})
    binary = decode(BARE, tuple((f"ce_{name}", value.encode()) for name, value in ENVELOPE.items()))
    assert bare == structured == binary


def test_the_envelope_may_name_the_source() -> None:
    data = {name: value for name, value in BARE.items() if name != "source"}
    assert decode({**ENVELOPE, "data": data}).source == "/grafana"
    assert decode(data, (("ce_source", b"gr\x00fana"),)).source == "gr\N{REPLACEMENT CHARACTER}fana"
    assert problem_of(data).path == "source"


def test_a_late_record_keeps_the_moment_of_its_receipt() -> None:
    event = decode({**BARE, "received_at": "2026-11-21T11:30:00+00:00", "ends_at": "0001-01-01T00:00:00Z"})
    assert event.received_at == NOW - timedelta(minutes=30)


CHANGE = {"id": "1", "type": "deploy", "service": "a", "time": "2026-11-21T10:00:00Z"}


def received(told: str, timestamp_ms: int = NOW_MS) -> set[datetime]:
    """What an alert and a change that say so have as the moment of their receipt."""
    alert = json.dumps({**BARE, "received_at": told}).encode()
    change = json.dumps({**CHANGE, "received_at": told}).encode()
    return {
        decode_alert(alert, (), timestamp_ms, POLICY).received_at,
        decode_change(change, (), timestamp_ms).received_at,
    }


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(0), SKEW])
def test_a_receipt_before_the_record_or_a_little_after_it_is_believed(ahead: timedelta) -> None:
    told = (NOW + ahead).isoformat()
    document = {**CHANGE, "time": "2025-01-01T00:00:00Z", "received_at": told}
    assert decode({**BARE, "received_at": told}).received_at == NOW + ahead
    assert decode_change(json.dumps(document).encode(), (), NOW_MS).received_at == NOW + ahead


@pytest.mark.parametrize("told", ["2026-11-21T12:05:01Z", "2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_receipt_long_after_the_record_was_there_is_the_records_time(told: str) -> None:
    assert received(told) == {NOW}


def test_a_record_without_a_time_has_its_receipt_as_it_says() -> None:
    for none in (0, -1):
        assert received("9999-12-31T23:59:59Z", none) == {datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}


def test_times_are_told_in_utc() -> None:
    event = decode(
        {**BARE, "starts_at": "2026-11-21T13:00:00+02:00", "status": "resolved", "ends_at": NOW.isoformat()}
    )
    assert event.starts_at.isoformat() == "2026-11-21T11:00:00+00:00"
    assert event.event_id == decode({**BARE, "status": "resolved", "ends_at": NOW.isoformat()}).event_id


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (b"", ""),
        (b"\xff", ""),
        ([], ""),
        ({}, ""),
        ({**BARE, "status": "burning"}, "status"),
        ({**BARE, "starts_at": "2026-11-21T11:00:00"}, "starts_at"),
        ({**BARE, "starts_at": "0001-01-01T00:00:00Z"}, "starts_at"),
        ({**BARE, "labels": {"a": 1}}, "labels[...]"),
        ({**BARE, "labels": {"": "x" * 5000}}, "labels"),
        ({**ENVELOPE, "type": "dev.tocsin.change.v1", "data": BARE}, "type"),
    ],
)
def test_names_the_field_that_is_wrong(document: Any, path: str) -> None:
    assert problem_of(document).path == path


def test_an_empty_record_is_no_alert_and_no_change() -> None:
    for decoded in (lambda: decode_alert(None, (), 0, POLICY), lambda: decode_change(None, (), 0)):
        with pytest.raises(InvalidInputError):
            decoded()


def test_a_huge_or_unstorable_text_is_mended() -> None:
    event = decode({**BARE, "annotations": {"a": "x" * 100_000}, "generator_url": "\x00"})
    assert event.annotations["a"].endswith("[cut: 100000 characters]")
    assert event.generator_url == "\N{REPLACEMENT CHARACTER}"


@given(
    st.binary(),
    st.lists(st.tuples(st.sampled_from(["ce_specversion", "ce_type", "content-type"]), st.binary())),
)
def test_any_bytes_are_refused_in_words(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(InvalidInputError):
        decode_alert(value, headers, NOW_MS, POLICY)
    with pytest.raises(InvalidInputError):
        decode_change(value, headers, NOW_MS)


@given(
    st.dictionaries(st.sampled_from([*BARE, "ends_at", "received_at", "fingerprint", "annotations"]), JSON)
)
def test_any_fields_are_read_or_refused(changed: dict[str, Any]) -> None:
    try:
        event = decode(BARE | changed)
    except InvalidInputError:
        return  # in words, and with nothing else thrown
    assert len(event.event_id) == 32


def test_a_header_without_a_value_says_nothing() -> None:
    headers: Any = (("content-type", None), ("ce_source", None))
    change = {"id": "1", "type": "deploy", "service": "a", "time": "2026-11-21T10:00:00Z"}
    assert decode_change(json.dumps(change).encode(), headers, 1_800_000_000_000).change_id == "1"


def test_the_headers_of_a_change_are_its_envelope() -> None:
    change = {"service": "a", "time": "2026-11-21T10:00:00Z"}
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"7"),
        ("ce_source", b"/ci"),
        ("ce_type", b"dev.tocsin.change.v1"),
    )
    read = decode_change(json.dumps({"type": "deploy", **change}).encode(), headers, NOW_MS)
    assert (read.change_id, read.source) == ("7", "/ci")
