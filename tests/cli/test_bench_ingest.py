"""`tocsin bench ingest`: its flow is as it says, and a short run ends with figures that add up."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bot.cli.bench import flow
from bot.domain.alert import AlertStatus

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from bot.domain.alert import AlertEvent
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

ALERTS = 150_000


@pytest.fixture(scope="module")
def events() -> list[AlertEvent]:
    return list(flow.alerts(ALERTS))


@pytest.mark.unmeasured
def test_the_flow_has_the_shares_that_it_promises(events: list[AlertEvent]) -> None:
    ids = Counter(event.event_id for event in events)
    groups = {event.labels["group"] for event in events}
    wanted = flow.expected(ALERTS)
    assert len(events) == wanted.alerts == ALERTS
    assert sum(count - 1 for count in ids.values()) == wanted.repeats == ALERTS // 5
    ends = {event.event_id for event in events if event.status is AlertStatus.RESOLVED}
    assert len(ends) == wanted.resolved == ALERTS // 5
    assert len(groups) == wanted.opened == ALERTS // 50


@pytest.mark.unmeasured
def test_two_thousand_groups_are_active_side_by_side(events: list[AlertEvent]) -> None:
    last = {event.labels["group"]: number for number, event in enumerate(events)}
    first: dict[str, int] = {}
    for number, event in enumerate(events):
        first.setdefault(event.labels["group"], number)
    middle = flow.GROUPS * flow.EPISODE // 2
    active = sum(first[group] <= middle <= last[group] for group in first)
    assert active > flow.GROUPS * 0.9


def test_the_changes_are_5000_a_day() -> None:
    changes = flow.changes(ALERTS)
    last = changes[-1].time
    assert sum((last - change.time).total_seconds() <= 86_400 for change in changes) in range(4_990, 5_010)
    assert len({change.service for change in changes}) == flow.SERVICES
    assert (len(flow.rules().rules), len(flow.catalog().services)) == (flow.RULES, flow.SERVICES)


@pytest.mark.unmeasured
def test_a_short_run_adds_up(
    process: Callable[..., subprocess.CompletedProcess[str]],
    real_kafka: ApacheKafka,
    postgres_server: PostgresServer,
) -> None:
    run = process(
        "bench", "ingest", "--alerts", "1000", "-o", "json",
        DATABASE_URL=postgres_server.url("postgres"),
        KAFKA_BOOTSTRAP_SERVERS=real_kafka.bootstrap,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert (figures["alerts"], figures["incidents_opened"], figures["rankings_made"]) == (1000, 20, 20)
    assert (figures["repeats"], figures["resolved"]) == (200, 200)
    assert min(figures["ratio"], figures["ours_per_s"], figures["yardstick_per_s"]) > 0
    assert 0 < figures["thinking_share"] < 1
    assert 0 < figures["memory_mb"] < 300
