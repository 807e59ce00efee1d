"""What senders send: Alertmanager's webhook and changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]
NEVER = "0001-01-01T00:00:00Z"  # Go's zero time, as Alertmanager says it


def now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as Alertmanager knows it; it fires until `ends_at` is set."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same labels, as with Alertmanager."""
        text = "\n".join(f"{name}={value}" for name, value in sorted(self.labels.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def ended(self) -> Alert:
        """The alert, over since now."""
        return replace(self, ends_at=now())

    def again(self) -> Alert:
        """A new occurrence, which starts now."""
        return replace(self, starts_at=now(), ends_at=None)

    def body(self) -> Json:
        """As an entry of `alerts`."""
        return {
            "status": "firing" if self.ends_at is None else "resolved",
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "startsAt": self.starts_at.isoformat(),
            "endsAt": self.ends_at.isoformat() if self.ends_at else NEVER,
            "generatorURL": "http://prometheus.example:9090/graph",
            "fingerprint": self.fingerprint,
        }


def webhook(alerts: Sequence[Alert]) -> Json:
    """The body of Alertmanager's webhook, version 4."""
    status = "firing" if any(alert.ends_at is None for alert in alerts) else "resolved"
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "tocsin",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example:9093",
        "alerts": [alert.body() for alert in alerts],
    }


def change(
    change_id: str, service: str, kind: str, environment: str, minutes_ago: float, **more: str
) -> Json:
    """A change as bare JSON."""
    return {
        "id": change_id,
        "type": kind,
        "service": service,
        "environment": environment,
        "time": (now() - timedelta(minutes=minutes_ago)).isoformat(),
        **more,
    }
