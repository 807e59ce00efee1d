"""Small cases on disk, in a few lines: `web` calls `checkout`, which calls `payments`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CALLS = (("web", "checkout"), ("checkout", "payments"), ("admin", "ledger"))


def stamp(minute: float) -> str:
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


@dataclass
class Folder:
    """Writes one case; rows are added in any order."""

    path: Path
    alerts: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    truth: list[dict[str, Any]] = field(default_factory=list)

    def alert(self, alert_id: str, service: str | None, minute: float, **further: Any) -> None:
        row: dict[str, Any] = {
            "id": alert_id,
            "ts": stamp(minute),
            "status": "firing",
            "name": "LatencyHigh",
            "service": service,
            "severity": "warning",
            "fingerprint": f"LatencyHigh|{service}",
            "summary": f"LatencyHigh on {service}",
            "labels": {},
            "resolved_ts": None,
        }
        self.alerts.append({**row, **further})

    def change(
        self, change_id: str, service: str | None, minute: float, kind: str = "deploy", **further: Any
    ) -> None:
        row = {"id": change_id, "ts": stamp(minute), "type": kind, "service": service, "env": "prod"}
        self.changes.append({**row, "summary": "", "scope": {}, **further})

    def fault(self, *alert_ids: str, by: str = "", service: str | None = None, kind: str = "deploy") -> None:
        cause = {"kind": "change" if by else "none", "change_ids": [by] if by else [], "service": service}
        cause["change_type"] = kind if by else None
        self.truth.append({"root_cause": cause, "alert_ids": list(alert_ids)})

    def write(self, *, truth: bool = True) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        names = sorted({name for edge in CALLS for name in edge})
        edges = [{"caller": caller, "callee": callee} for caller, callee in CALLS]
        (self.path / "topology.json").write_text(json.dumps({"services": names, "edges": edges}))
        self.lines("alerts.jsonl", self.alerts)
        self.lines("changes.jsonl", self.changes)
        if truth:
            self.lines("truth.jsonl", self.truth)
        return self.path

    def lines(self, name: str, rows: list[dict[str, Any]]) -> None:
        (self.path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def bad_deploy(path: Path) -> Folder:
    """A deploy of payments, then payments and checkout alert; and an old deploy of web."""
    folder = Folder(path)
    folder.change("c-old", "web", -300)
    folder.change("c-bad", "payments", -4)
    folder.alert("a1", "payments", 0)
    folder.alert("a2", "checkout", 1)
    folder.fault("a1", "a2", by="c-bad", service="payments")
    return folder
