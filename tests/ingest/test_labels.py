from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.alert import AlertEvent, AlertStatus
from bot.ingest.alerts import alert_event
from bot.ingest.labels import LabelPolicy


def event(labels: dict[str, str], policy: LabelPolicy) -> AlertEvent:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return alert_event(
        source="s",
        fingerprint="",
        status=AlertStatus.FIRING,
        labels=labels,
        annotations={},
        starts_at=now,
        ends_at=None,
        generator_url="",
        received_at=now,
        policy=policy,
    )


def test_the_first_label_that_is_set_answers() -> None:
    found = event({"service": "", "app": "checkout", "job": "node", "env": "prod"}, LabelPolicy())
    assert (found.service, found.environment, found.name) == ("checkout", "prod", "unknown")


def test_the_order_can_be_configured() -> None:
    policy = LabelPolicy(service=("team",), environment=("region",))
    found = event({"service": "checkout", "team": "pay"}, policy)
    assert (found.service, found.environment) == ("pay", "unknown")


def test_what_changes_call_an_environment_concerns_no_alert() -> None:
    policy = LabelPolicy(of_changes={"production": "prod"})
    assert event({"env": "production"}, policy).environment == "production"
    assert [policy.environment_of_change(name) for name in ("production", "dev")] == ["prod", "dev"]
