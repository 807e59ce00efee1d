"""Rows to domain objects, for the tables that several repositories read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.domain.alert import AlertStatus, Occurrence, instant
from bot.domain.change import Change, ChangeKind, Wave
from bot.domain.incident import Incident, Reason, Severity, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def selected(table: str, names: Iterable[str], *, as_text: Collection[str]) -> str:
    """The columns of a table as a SELECT names them; those in `as_text` (identifiers) as text."""
    return ", ".join(
        f"{table}.{name}::text AS {name}" if name in as_text else f"{table}.{name}" for name in names
    )


INCIDENT_COLUMNS: Final = (
    "id", "number", "title", "state", "severity", "environment", "rule", "reason_name", "reason_text",
    "services", "opened_at", "onset", "last_alert_at", "firing", "alerts", "storm", "acknowledged_at",
    "acknowledged_by", "monitoring_at", "resolved_at", "resolved_by", "reopen_seconds", "version", "flips",
    "flapping_since", "calm_at",
)  # fmt: skip
INCIDENT: Final = selected("i", INCIDENT_COLUMNS, as_text=("id",))
ALERT_COLUMNS: Final = (
    "source", "fingerprint", "starts_at", "status", "ends_at", "name", "service", "environment",
    "generator_url", "received_at", "group_key", "rule", "incident_id", "quiet",
)  # fmt: skip
ALERT: Final = selected("o", ALERT_COLUMNS, as_text=("incident_id",))
"""An occurrence without its labels and annotations."""
OCCURRENCE_COLUMNS: Final = (*ALERT_COLUMNS, "labels", "annotations")
OCCURRENCE: Final = selected("o", OCCURRENCE_COLUMNS, as_text=("incident_id",))
CHANGE: Final = """
    c.change_id, c.source, c.kind, c.service, c.environment, c.time, c.received_at, c.summary, c.version,
    c.previous_version, c.author, c.url, c.scope, c.ended_at, c.waves, c.rolls_back, c.maintenance
"""
_STATES: Final = {state.value: state for state in State}
_SEVERITIES: Final = {severity.value: severity for severity in Severity}
_STATUSES: Final = {status.value: status for status in AlertStatus}
_NOTHING: Final[Mapping[str, str]] = {}
_KINDS: Final = {kind.value: kind for kind in ChangeKind}


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident of a row of `INCIDENT`."""
    return Incident(
        id=row["id"],
        title=row["title"],
        state=_STATES[row["state"]],
        severity=_SEVERITIES[row["severity"]],
        environment=row["environment"],
        rule=row["rule"],
        reason=Reason(row["reason_name"], row["reason_text"]),
        services=tuple(row["services"]),
        opened_at=row["opened_at"],
        onset=row["onset"],
        last_alert_at=row["last_alert_at"],
        number=row["number"],
        firing=row["firing"],
        alerts=row["alerts"],
        storm=row["storm"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        monitoring_at=row["monitoring_at"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        reopen_seconds=row["reopen_seconds"],
        version=row["version"],
        flips=row["flips"],
        flapping_since=row["flapping_since"],
        calm_at=row["calm_at"],
    )


def occurrence_of(row: Mapping[str, Any], *, labelled: bool = True) -> Occurrence:
    """The occurrence of a row of `OCCURRENCE`, or of `ALERT` where it is not `labelled`."""
    return Occurrence(
        source=row["source"],
        fingerprint=row["fingerprint"],
        starts_at=row["starts_at"],
        status=_STATUSES[row["status"]],
        ends_at=row["ends_at"],
        name=row["name"],
        service=row["service"],
        environment=row["environment"],
        labels=orjson.loads(row["labels"]) if labelled else _NOTHING,
        annotations=orjson.loads(row["annotations"]) if labelled else _NOTHING,
        generator_url=row["generator_url"],
        received_at=row["received_at"],
        group_key=row["group_key"],
        rule=row["rule"],
        incident_id=row["incident_id"],
        quiet=row["quiet"],
    )


def change_of(row: Mapping[str, Any]) -> Change:
    """The change of a row of `CHANGE`."""
    return Change(
        change_id=row["change_id"],
        source=row["source"],
        kind=_KINDS[row["kind"]],
        service=row["service"],
        environment=row["environment"],
        time=row["time"],
        received_at=row["received_at"],
        summary=row["summary"],
        version=row["version"],
        previous_version=row["previous_version"],
        author=row["author"],
        url=row["url"],
        scope=orjson.loads(row["scope"]),
        ended_at=row["ended_at"],
        waves=waves_of(orjson.loads(row["waves"])),
        rolls_back=row["rolls_back"],
        maintenance=row["maintenance"],
    )


def wave_row(wave: Wave) -> dict[str, Any]:
    """A wave as JSON; its time is a text that orders as the times do."""
    return {"time": instant(wave.time), "share": wave.share, "targets": list(wave.targets)}


def waves_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Wave, ...]:
    """The waves that `wave_row` wrote."""
    return tuple(
        Wave(datetime.fromisoformat(row["time"]), row["share"], tuple(row["targets"])) for row in rows
    )
