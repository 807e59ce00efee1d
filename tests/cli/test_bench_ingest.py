"""`tocsin bench ingest`: its flow is as it says, and a short run ends with figures that add up."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.cli.bench import flow
from bot.domain.alert import AlertStatus

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.support.kafka import KafkaBroker
    from tests.support.postgres import PostgresServer

ALERTS = 150_000


def test_the_flow_has_the_shares_that_it_promises() -> None:
    events = list(flow.alerts(ALERTS))
    ids = Counter(event.event_id for event in events)
    groups = {event.labels["group"] for event in events}
    wanted = flow.expected(ALERTS)
    assert len(events) == wanted.alerts == ALERTS
    assert sum(count - 1 for count in ids.values()) == wanted.repeats == ALERTS // 5
    ends = {event.event_id for event in events if event.status is AlertStatus.RESOLVED}
    assert len(ends) == wanted.resolved == ALERTS // 5
    assert len(groups) == flow.GROUPS
    assert wanted.opened == ALERTS // 50


def test_between_two_episodes_a_group_is_quiet_for_longer_than_the_window() -> None:
    heard: dict[str, list[float]] = {}
    for event in flow.alerts(ALERTS):
        if event.status is AlertStatus.FIRING:
            heard.setdefault(event.labels["group"], []).append(event.received_at.timestamp())
    window = flow.rules().rules[0].window.total_seconds()
    for times in heard.values():
        pauses = [after - before for before, after in pairwise(times)]
        assert sum(pause > window for pause in pauses) == len(times) // 30 - 1


def test_the_changes_are_5000_a_day() -> None:
    changes = flow.changes(ALERTS)
    last = changes[-1].time
    assert sum((last - change.time).total_seconds() <= 86_400 for change in changes) in range(4_990, 5_010)
    assert len({change.service for change in changes}) == flow.SERVICES
    assert (len(flow.rules().rules), len(flow.catalog().services)) == (flow.RULES, flow.SERVICES)


def test_a_short_run_adds_up(
    process: Callable[..., subprocess.CompletedProcess[str]],
    real_kafka: KafkaBroker,
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
    assert 0 < figures["memory_mb"] < 300
