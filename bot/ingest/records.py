"""The values and headers of Kafka records, both ways: CloudEvents in binary mode around bare JSON.

Alerts are decoded in one pass by msgspec, because this is the hot path; what is not in our own form takes the
slower way, which also says what is wrong.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec

from bot.domain.alert import AlertEvent, AlertStatus, event_identity
from bot.domain.errors import InvalidInputError
from bot.ingest.alerts import (
    MAX_ANNOTATION_VALUE,
    MAX_FINGERPRINT,
    MAX_LABEL_VALUE,
    MAX_SOURCE,
    MAX_URL,
    alert_event,
    bounded,
    cut,
)
from bot.ingest.changes import CHANGE_TYPE, change_of
from bot.ingest.document import may_be_unstorable, storable
from bot.ingest.envelope import Unwrapped, unwrap
from bot.ingest.instants import EPOCH, FIX, AwareTime, read_instant, utc
from bot.ingest.labels import USUAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.change import Change
    from bot.domain.incident import Incident
    from bot.ingest.labels import LabelPolicy

ALERTS_TOPIC: Final = "tocsin.alerts.v1"
CHANGES_TOPIC: Final = "tocsin.changes.v1"
INCIDENTS_TOPIC: Final = "tocsin.incidents.v1"
ALERT_TYPE: Final = "dev.tocsin.alert.v1"
INCIDENT_TYPE: Final = "dev.tocsin.incident.v1"
CONTENT_TYPE: Final = "content-type"
SKEW: Final = timedelta(minutes=5)
"""So far may the clock of whoever received a record be ahead of the clock that stamped it."""

Headers = tuple[tuple[str, bytes], ...]


class Encoded(NamedTuple):
    """One record to produce."""

    key: str
    value: bytes
    headers: Headers


class _Alert(msgspec.Struct, gc=False):
    status: AlertStatus
    labels: Annotated[dict[str, str], msgspec.Meta(min_length=1)]
    starts_at: AwareTime
    source: str = ""
    fingerprint: Annotated[str, msgspec.Meta(max_length=MAX_FINGERPRINT)] = ""
    annotations: dict[str, str] = {}
    ends_at: AwareTime | None = None
    generator_url: str = ""
    received_at: AwareTime | None = None


_decoder: Final = msgspec.json.Decoder(_Alert)
_encoder: Final = msgspec.json.Encoder()


def decode_alert(
    value: bytes | None, headers: Sequence[tuple[str, bytes]], timestamp_ms: int, policy: LabelPolicy
) -> AlertEvent:
    """Read a record of the alerts topic.

    `timestamp_ms` is the record's, for one that says no `received_at`, or one that cannot be; 0 where it has
    none.

    Raises:
        InvalidInputError: it is no alert; the path names the field.
    """
    if value is None:
        raise InvalidInputError("", "is empty", "a record without a value says nothing")
    # What has the fields of an alert is one, whatever its headers say.
    if not may_be_unstorable(value):
        try:
            alert = _decoder.decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        else:
            source = alert.source or _text(_named(headers).get("ce_source", b""))
            return _event(alert, source, len(value), timestamp_ms, policy)
    return _decode_slowly(value, _named(headers), timestamp_ms, policy)


def _decode_slowly(
    value: bytes, named: Mapping[str, bytes], timestamp_ms: int, policy: LabelPolicy
) -> AlertEvent:
    event = _unwrap(value, named, ALERT_TYPE)
    try:
        alert = msgspec.convert(event.data, _Alert)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        raise InvalidInputError(path.rstrip("`"), problem) from None
    source = alert.source or event.attributes.get("source", "")
    return _event(alert, source, len(value), timestamp_ms, policy)


def _event(alert: _Alert, source: str, size: int, timestamp_ms: int, policy: LabelPolicy) -> AlertEvent:
    if not source:
        raise InvalidInputError("source", "is missing or empty", "name the system that noticed")
    starts_at = utc(alert.starts_at, "starts_at")
    if starts_at is None:
        raise InvalidInputError("starts_at", "says no time", FIX)
    ends_at, received_at = alert.ends_at, alert.received_at
    if ends_at is not None:
        ends_at = utc(ends_at, "ends_at")
    if received_at is not None:
        received_at = utc(received_at, "received_at")
    labels, annotations, url = alert.labels, alert.annotations, alert.generator_url
    # A whole record shorter than the tightest bound holds nothing that is longer, and costs nothing to check.
    if size > MAX_LABEL_VALUE:
        labels = bounded(labels, MAX_LABEL_VALUE, "labels")
        annotations = bounded(annotations, MAX_ANNOTATION_VALUE, "annotations")
        url, source = cut(url, MAX_URL), cut(source, MAX_SOURCE)
    return alert_event(
        source=source,
        fingerprint=alert.fingerprint,
        status=alert.status,
        labels=labels,
        annotations=annotations,
        starts_at=starts_at,
        ends_at=ends_at,
        generator_url=url,
        received_at=_received(received_at, timestamp_ms),
        policy=policy,
    )


def decode_change(
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    timestamp_ms: int,
    policy: LabelPolicy = USUAL,
) -> Change:
    """Read a record of the changes topic; `timestamp_ms` is as with an alert.

    Its environment gets the name that alerts have for it.

    Raises:
        InvalidInputError: it is no change; the path names the field.
    """
    if value is None:
        raise InvalidInputError("", "is empty", "a record without a value says nothing")
    named = _named(headers)
    event = unwrap(value, _content_type(named), _attributes(named))
    received_at = read_instant(event.data.get("received_at"), "received_at")
    change = change_of(event, _received(received_at, timestamp_ms))
    environment = policy.environment_of_change(change.environment)
    return change if environment == change.environment else replace(change, environment=environment)


def encode_alert(event: AlertEvent) -> Encoded:
    """The record of an alert event; decoding it gives the event again."""
    record: dict[str, Any] = {
        "source": event.source,
        "fingerprint": event.fingerprint,
        "status": event.status.value,
        "labels": event.labels,
        "annotations": event.annotations,
        "starts_at": event.starts_at,
        "generator_url": event.generator_url,
        "received_at": event.received_at,
    }
    if event.ends_at is not None and not _end_was_assumed(event):
        record["ends_at"] = event.ends_at
    happened_at = event.ends_at or event.starts_at
    headers = _headers(ALERT_TYPE, event.event_id, event.source, happened_at)
    return Encoded(event.service, _encoder.encode(record), headers)


def _end_was_assumed(event: AlertEvent) -> bool:
    # Such an end is no part of the identity (see `alert_event`); whoever decodes assumes it again.
    return event.event_id == event_identity(
        event.source, event.fingerprint, event.starts_at, event.status, None
    )


def encode_change(change: Change) -> Encoded:
    """The record of a change; decoding it gives the change again."""
    record = {
        "id": change.change_id,
        "source": change.source,
        "type": change.kind.value,
        "service": change.service,
        "environment": change.environment,
        "time": change.time,
        "summary": change.summary,
        "version": change.version,
        "previous_version": change.previous_version,
        "author": change.author,
        "url": change.url,
        "scope": change.scope,
        "ended_at": change.ended_at,
        "waves": [{"time": wave.time, "share": wave.share, "targets": wave.targets} for wave in change.waves],
        "rolls_back": change.rolls_back,
        "maintenance": change.maintenance,
        "received_at": change.received_at,
    }
    headers = _headers(CHANGE_TYPE, change.change_id, change.source, change.time)
    return Encoded(change.service, _encoder.encode(record), headers)


def encode_incident_event(
    incident: Incident, event: str, sequence: int, at: datetime, event_id: str
) -> Encoded:
    """The record that tells others what happened to an incident: `event` as in `opened` or `resolved`.

    `sequence` grows with every event of one incident; `event_id` is the same when it is sent again.
    """
    record = {
        "incident": incident.name,
        "id": incident.id,
        "event": event,
        "sequence": sequence,
        "time": at,
        "title": incident.title,
        "state": incident.state.value,
        "severity": incident.severity.value,
        "environment": incident.environment,
        "services": incident.services,
        "opened_at": incident.opened_at,
        "resolved_at": incident.resolved_at,
        "reason": {"name": incident.reason.name, "text": incident.reason.text},
    }
    headers = _headers(INCIDENT_TYPE, event_id, "tocsin", at)
    return Encoded(incident.id, _encoder.encode(record), headers)


def _headers(event_type: str, event_id: str, source: str, time: datetime) -> Headers:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_time", time.isoformat().encode()),
        (CONTENT_TYPE, b"application/json"),
    )


def _unwrap(value: bytes, named: Mapping[str, bytes], wanted: str) -> Unwrapped:
    event = unwrap(value, _content_type(named), _attributes(named))
    event_type = event.attributes.get("type", wanted)
    if event_type.startswith("dev.tocsin.") and event_type != wanted:
        raise InvalidInputError("type", f"{event_type[:64]!r} does not belong here", f"use {wanted}")
    return event


def _named(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """The headers by name; Kafka allows one without a value, which says nothing."""
    return {name: value for name, value in headers if value is not None}


def _content_type(named: Mapping[str, bytes]) -> str:
    return named.get(CONTENT_TYPE, b"").decode("latin-1")


def _attributes(named: Mapping[str, bytes]) -> dict[str, str]:
    if "ce_specversion" not in named:
        return {}
    return {name.removeprefix("ce_"): _text(value) for name, value in named.items() if name.startswith("ce_")}


def _text(header: bytes) -> str:
    return storable(header.decode("utf-8", "replace"))


def _received(told: datetime | None, timestamp_ms: int) -> datetime:
    """When the record was received: as it says, but not long after it was there already."""
    stamped = _moment(timestamp_ms)
    if told is None or (timestamp_ms > 0 and told - stamped > SKEW):
        return stamped
    return told


def _moment(timestamp_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=timestamp_ms)
