"""What is measured about Slack: our calls, and what people sent us, each by outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class SlackMetrics:
    """The instruments of this room; a registry takes them once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "tocsin_slack_calls_total", "Web API calls.", ("method", "outcome"), registry=registry
        )
        self.call_seconds = Histogram(
            "tocsin_slack_call_seconds",
            "How long Web API calls take.",
            ("method",),
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.interactions = Counter(
            "tocsin_slack_interactions_total",
            "Commands, buttons, modals and events from people.",
            ("kind", "outcome"),
            registry=registry,
        )
        self.socket_connected = Gauge(
            "tocsin_slack_socket_connected",
            "1 while the Socket Mode session answers round trips.",
            registry=registry,
        )
        self.socket_sessions = Counter(
            "tocsin_slack_socket_sessions_total", "Socket Mode sessions that were opened.", registry=registry
        )
