"""What the consumers tell about themselves; the labels are the components and fixed words."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class ConsumerMetrics:
    """Metrics of all consumers of a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.records = Counter(
            "tocsin_consumed_records_total",
            "Records that were committed",
            ["component"],
            registry=registry,
        )
        self.dead_letters = Counter(
            "tocsin_dead_letters_total",
            "Records that went to the dead letter topic",
            ["component"],
            registry=registry,
        )
        self.retries = Counter(
            "tocsin_consumer_retries_total",
            "Attempts at a batch that failed and were repeated",
            ["component"],
            registry=registry,
        )
        self.rebuilds = Counter(
            "tocsin_consumer_rebuilds_total",
            "Times that a failed consumer was replaced",
            ["component"],
            registry=registry,
        )
        self.batch_records = Histogram(
            "tocsin_consumer_batch_records",
            "Records in a batch",
            ["component"],
            buckets=(1, 5, 20, 100, 500, 1000, 2000),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "tocsin_consumer_batch_seconds",
            "Time from a batch's records to its commit",
            ["component"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
            registry=registry,
        )
        self.lag_records = Gauge(
            "tocsin_consumer_lag_records",
            "Records behind the end of the assigned partitions",
            ["component"],
            registry=registry,
        )
        self.decisions = Counter(
            "tocsin_decisions_total", "Alerts by what was decided about them", ["kind"], registry=registry
        )
        self.rankings = Counter(
            "tocsin_rankings_total",
            "Incidents whose suspects were ranked because of alerts",
            registry=registry,
        )
        self.thinking = Counter(
            "tocsin_thinking_seconds_total",
            "Time spent on rules, on decisions and on suspects, waiting apart",
            ["step"],
            registry=registry,
        )
        self.paused = Gauge(
            "tocsin_consumer_paused",
            "Lanes of the consumer that wait for the database or for the outbox to drain",
            ["component"],
            registry=registry,
        )
