"""What delivery measures; the registry comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class DeliveryMetrics:
    """`outcome` is one of done, again, rate_limited, dead and lease_lost; `kind` that of the effect."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.effects = Counter(
            "tocsin_delivery_effects",
            "Attempts at effects, by how they ended",
            ["kind", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "tocsin_delivery_handler_seconds",
            "How long a handler worked on an effect",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.lag = Histogram(
            "tocsin_delivery_lag_seconds",
            "How long an effect was old when it was done",
            ["kind"],
            buckets=(*_SECONDS, 300.0, 1800.0),
            registry=registry,
        )
        self.waiting = Gauge(
            "tocsin_delivery_waiting", "Effects that are neither done nor dead", registry=registry
        )
        self.oldest = Gauge(
            "tocsin_delivery_oldest_seconds",
            "Age of the oldest effect among those last claimed",
            ["pool"],
            registry=registry,
        )
        self.busy = Gauge(
            "tocsin_delivery_in_hand", "Effects that are being done now", ["pool"], registry=registry
        )
        self.timers = Counter("tocsin_delivery_timers", "Timers that rang", ["kind"], registry=registry)
        self.loop_errors = Counter(
            "tocsin_delivery_loop_errors", "Failures to claim or to record", ["loop"], registry=registry
        )
