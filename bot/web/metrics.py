"""What the web tells about itself; routes are templates, so the labels are bounded."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class WebMetrics:
    """Requests, and what webhooks brought."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "tocsin_http_requests_total",
            "Requests answered",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "tocsin_http_request_seconds",
            "Time from a request's headers to the end of its answer",
            ["route"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.events = Counter(
            "tocsin_webhook_events_total",
            "Events in webhook bodies, by what became of them: accepted, rejected, truncated by the sender",
            ["source", "outcome"],
            registry=registry,
        )
        self.too_large = Counter(
            "tocsin_http_bodies_too_large_total", "Requests whose body was over the limit", registry=registry
        )
        self.unkept = Counter(
            "tocsin_webhook_unkept_rejections_total",
            "Rejected events that could not be quarantined",
            registry=registry,
        )
