"""Alerts, changes and incidents that tests speak of; every test says only what matters to it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.alert import AlertEvent, AlertStatus, event_identity
from bot.domain.change import Change, ChangeKind
from bot.domain.incident import Incident, Reason, Severity, State

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    """So many seconds after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def alert_event(
    fingerprint: str = "f1",
    *,
    service: str = "checkout",
    environment: str = "production",
    at: float = 0.0,
    ended: float | None = None,
    received: float | None = None,
    labels: Mapping[str, str] | None = None,
    source: str = "test",
) -> AlertEvent:
    """An alert that began `at` seconds after `NOW`, and ended where `ended` says so."""
    starts_at = later(at)
    ends_at = None if ended is None else later(ended)
    status = AlertStatus.FIRING if ended is None else AlertStatus.RESOLVED
    return AlertEvent(
        event_id=event_identity(source, fingerprint, starts_at, status, ends_at),
        source=source,
        fingerprint=fingerprint,
        status=status,
        name=f"Alert{fingerprint}",
        service=service,
        environment=environment,
        labels={"service": service, "environment": environment, "severity": "critical", **(labels or {})},
        annotations={"summary": f"{fingerprint} on {service}"},
        starts_at=starts_at,
        ends_at=ends_at,
        received_at=later(received if received is not None else (at if ended is None else ended) + 1),
        generator_url="http://prometheus.test/graph",
    )


def change(
    change_id: str = "c1",
    service: str = "checkout",
    *,
    at: float = -300.0,
    environment: str = "production",
    kind: ChangeKind = ChangeKind.DEPLOY,
    **more: Any,
) -> Change:
    """A change `at` seconds after `NOW`."""
    told = later(at + 1)
    return Change(
        change_id=change_id,
        source="ci",
        kind=kind,
        service=service,
        environment=environment,
        time=later(at),
        received_at=more.pop("received_at", told),
        summary=more.pop("summary", f"{service} {change_id}"),
        **more,
    )


def incident(**fields: Any) -> Incident:
    """A new incident on checkout that opened `NOW`."""
    given: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "title": "Errors in checkout",
        "state": State.TRIGGERED,
        "severity": Severity.CRITICAL,
        "environment": "production",
        "rule": "default",
        "reason": Reason("opened", "A test opened it."),
        "services": ("checkout",),
        "opened_at": NOW,
        "onset": NOW,
        "last_alert_at": NOW,
        **fields,
    }
    return Incident(**given)
