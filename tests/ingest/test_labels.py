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


def test_other_names_of_an_environment_mean_the_one_that_it_goes_by() -> None:
    policy = LabelPolicy(same={"production": "prod", "prd": "prod"})
    found = [
        event({"env": name}, policy).environment for name in ("production", "prd", "prod", "staging", "")
    ]
    assert found == ["prod", "prod", "prod", "staging", "unknown"]
    assert policy != LabelPolicy()
