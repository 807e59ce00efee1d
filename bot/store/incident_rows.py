"""Writes incidents in sets: new ones get numbers, known ones go over the version that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.store.gathered import Write, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.incident import Incident
    from bot.store.session import Session

SEPARATOR: Final = "\x1f"

_INSERT: Final = Write(
    "incidents_new",
    """
    INSERT INTO incidents (
        id, title, state, severity, environment, rule, reason_name, reason_text, services, opened_at, onset,
        last_alert_at, firing, alerts, storm, acknowledged_at, acknowledged_by, monitoring_at, resolved_at,
        resolved_by, reopen_seconds, version, flips, flapping_since, calm_at
    )
    SELECT
        id, title, state, severity, environment, rule, reason_name, reason_text,
        string_to_array(services, E'\\x1f'), opened_at, onset, last_alert_at, firing, alerts, storm,
        acknowledged_at, acknowledged_by, monitoring_at, resolved_at, resolved_by, reopen_seconds, version,
        flips, flapping_since, calm_at
    FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::int[], $14::int[],
        $15::boolean[], $16::timestamptz[], $17::text[], $18::timestamptz[], $19::timestamptz[],
        $20::text[], $21::float8[], $22::int[], $23::int[], $24::timestamptz[], $25::timestamptz[]
    ) AS n (
        id, title, state, severity, environment, rule, reason_name, reason_text, services, opened_at, onset,
        last_alert_at, firing, alerts, storm, acknowledged_at, acknowledged_by, monitoring_at, resolved_at,
        resolved_by, reopen_seconds, version, flips, flapping_since, calm_at
    )
    RETURNING number
    """,
    25,
    answer="array_agg(number ORDER BY number)",
)
# The rows come in the order of their ids, so that two batches hardly ever wait in a circle; the server breaks
# what circle there is, and one of the two begins again.
_UPDATE: Final = Write(
    "incidents_changed",
    """
    UPDATE incidents i SET title = n.title, state = n.state, severity = n.severity,
        services = string_to_array(n.services, E'\\x1f'), onset = n.onset, last_alert_at = n.last_alert_at,
        firing = n.firing, alerts = n.alerts, acknowledged_at = n.acknowledged_at,
        acknowledged_by = n.acknowledged_by, monitoring_at = n.monitoring_at, resolved_at = n.resolved_at,
        resolved_by = n.resolved_by, version = n.version, flips = n.flips, flapping_since = n.flapping_since,
        calm_at = n.calm_at
    FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
        $8::int[], $9::int[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::timestamptz[],
        $14::text[], $15::int[], $16::int[], $17::timestamptz[], $18::timestamptz[]
    ) AS n (
        id, title, state, severity, services, onset, last_alert_at, firing, alerts, acknowledged_at,
        acknowledged_by, monitoring_at, resolved_at, resolved_by, version, flips, flapping_since, calm_at
    )
    WHERE i.id = n.id AND i.version = n.version - 1
    RETURNING 1
    """,
    18,
    conflict="an incident was changed by another transaction",
)


async def insert_incidents(session: Session, incidents: Sequence[Incident]) -> None:
    """Enter new incidents; once written (see `Session.put`) they have numbers, the earliest the lowest."""
    if not incidents:
        return
    rows = sorted(incidents, key=lambda incident: (incident.opened_at, incident.id))

    def number(given: list[int]) -> None:
        for incident, one in zip(rows, given, strict=True):
            incident.number = one

    await session.put(_INSERT, columns(map(_new_row, rows)), number)


def _new_row(i: Incident) -> tuple[Any, ...]:
    return (
        i.id, i.title, i.state, i.severity, i.environment, i.rule, i.reason.name, i.reason.text,
        SEPARATOR.join(i.services), i.opened_at, i.onset, i.last_alert_at, i.firing, i.alerts, i.storm,
        i.acknowledged_at, i.acknowledged_by, i.monitoring_at, i.resolved_at, i.resolved_by,
        i.reopen_seconds, i.version, i.flips, i.flapping_since, i.calm_at,
    )  # fmt: skip


async def update_incidents(session: Session, incidents: Sequence[Incident]) -> None:
    """Write incidents over the version before theirs.

    Raises:
        ConflictError: one of them is not at that version; when it is written (see `Session.put`).
    """
    if not incidents:
        return
    rows = sorted(incidents, key=lambda incident: incident.id)
    await session.put(_UPDATE, columns(map(_change_row, rows)))


def _change_row(i: Incident) -> tuple[Any, ...]:
    return (
        i.id, i.title, i.state, i.severity, SEPARATOR.join(i.services), i.onset, i.last_alert_at, i.firing,
        i.alerts, i.acknowledged_at, i.acknowledged_by, i.monitoring_at, i.resolved_at, i.resolved_by,
        i.version, i.flips, i.flapping_since, i.calm_at,
    )  # fmt: skip
