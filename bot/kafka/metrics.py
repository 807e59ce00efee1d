"""What the producer tells about itself."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class ProducerMetrics:
    """The producer's metrics; topics are the contract's names, so the label is bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.records = Counter(
            "tocsin_kafka_produced_records_total",
            "Records that the broker acknowledged",
            ["topic"],
            registry=registry,
        )
        self.failures = Counter(
            "tocsin_kafka_produce_failures_total",
            "Calls of publish that failed, by reason",
            ["reason"],
            registry=registry,
        )
        self.seconds = Histogram(
            "tocsin_kafka_produce_seconds",
            "Time until the broker acknowledged a call's records",
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=registry,
        )
        self.buffered_records = Gauge(
            "tocsin_kafka_buffered_records", "Records that wait for an acknowledgement", registry=registry
        )
        self.buffered_bytes = Gauge(
            "tocsin_kafka_buffered_bytes", "Bytes that wait for an acknowledgement", registry=registry
        )
