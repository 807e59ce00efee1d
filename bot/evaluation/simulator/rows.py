"""The case as rows of the documented form: alerts, changes, truth and groups, as plain dictionaries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.evaluation.simulator.alerts import NAMES
from bot.evaluation.simulator.changes import GLOBAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.evaluation.simulator.alerts import Firing
    from bot.evaluation.simulator.changes import Made
    from bot.evaluation.simulator.faults import Fault, History

Row = dict[str, Any]

START: Final = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
"""The epoch second at which the first fault may come."""
_CRITICAL: Final = frozenset({"ErrorRateHigh", "AvailabilityLow"})
STOPPED_AFTER: Final = 900.0
"""Seconds until a bad canary is called off."""
_TEXTS: Final = {
    "deploy": "release {version} rolled out",
    "config": "configuration update",
    "feature_flag": "feature flag switched",
    "infra": "machines replaced",
    "database": "schema migrated",
    "rollback": "previous version restored",
}


def epoch(time: float) -> int:
    """The epoch second of a simulated moment."""
    return START + int(time // 1)


def iso(second: int) -> str:
    """An epoch second as in the rows."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def alert_rows(case: str, firings: Sequence[Firing]) -> list[Row]:
    """One row a firing, in order of time; `resolved_ts` lies in its future."""
    rows: list[Row] = []
    for index, firing in enumerate(firings):
        name, metric, normal = NAMES[firing.name]
        second = epoch(firing.time)
        rows.append(
            {
                "id": f"{case}-a{index + 1:06d}",
                "ts": iso(second),
                "ts_epoch": second,
                "status": "firing",
                "name": name,
                "service": firing.service,
                "severity": "critical" if name in _CRITICAL else "warning",
                "metric": metric,
                "value": round(normal * 1.8 + 0.1, 4) if metric != "availability" else 91.5,
                "baseline": normal,
                "labels": {"node": firing.service, "env": "prod"},
                "fingerprint": f"{name}|{firing.service}",
                "summary": f"{name} on {firing.service}",
                "resolved_ts": iso(max(epoch(firing.end), second + 1)),
            }
        )
    return rows


def change_rows(case: str, changes: Sequence[Made]) -> list[Row]:
    """One row a change, in order of time. Waves lie in its future."""
    return [_change_row(case, index, made) for index, made in enumerate(changes)]


def change_id(case: str, index: int) -> str:
    """The id of the change at this place."""
    return f"{case}-c{index + 1:06d}"


def _change_row(case: str, index: int, made: Made) -> Row:
    second = epoch(made.time)
    text = _TEXTS[made.kind].format(version=made.version)
    row: Row = {
        "id": change_id(case, index),
        "ts": iso(second),
        "ts_epoch": second,
        "type": made.kind,
        "service": made.service,
        "env": "prod",
        "summary": f"{made.service}: {text}",
        "scope": {},
        "version": f"v{made.version}",
    }
    if made.waves:
        row["waves"] = [
            {"ts": iso(epoch(time)), "ts_epoch": epoch(time), "share": share} for time, share in made.waves
        ]
    if made.stopped:
        row["ended_ts"] = iso(epoch(made.time + STOPPED_AFTER))
    if made.rolls_back is not None:
        row["rolls_back"] = change_id(case, made.rolls_back)
    return row


def truth_rows(case: str, history: History, firings: Sequence[Firing]) -> list[Row]:
    """One row a fault, in order of its first alert."""
    members: dict[int, list[int]] = {index: [] for index in range(len(history.faults))}
    for index, firing in enumerate(firings):
        if firing.fault is not None:
            members[firing.fault].append(index)
    return [
        _truth_row(case, index, fault, history, members[index]) for index, fault in enumerate(history.faults)
    ]


def _truth_row(case: str, place: int, fault: Fault, history: History, members: Sequence[int]) -> Row:
    cause = None if fault.change is None else history.changes[fault.change]
    at_once = sum(other.seen < fault.end and fault.seen < other.end for other in history.faults)
    return {
        "case_id": case,
        "fault_id": f"{case}-f{place + 1:04d}",
        "alert_ids": [f"{case}-a{index + 1:06d}" for index in members],
        "first_alert_ts": iso(epoch(fault.seen)),
        "onset_ts": iso(epoch(fault.onset)),
        "pre_onset_alert_ids": [],
        "root_cause": {
            "kind": "none" if cause is None else "change",
            "change_ids": [] if fault.change is None else [change_id(case, fault.change)],
            "change_type": None if cause is None else cause.kind,
            "service": None if fault.root == GLOBAL else fault.root,
            "fault": fault.reason if cause is None else "change",
        },
        "delay_seconds": None if cause is None else epoch(fault.seen) - epoch(_begun(cause, fault.onset)),
        "silent_root": fault.silent,
        "global_change": fault.root == GLOBAL,
        "faults_at_once": at_once,
    }


def _begun(cause: Made, onset: float) -> float:
    """The latest wave before the fault: from there its delay counts."""
    return max((time for time, _ in cause.waves if time <= onset), default=cause.time)


def group_rows(truth: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The true grouping: which alerts are one fault. Noise is in no group."""
    return [{"group": row["fault_id"], "alert_ids": row["alert_ids"]} for row in truth]
