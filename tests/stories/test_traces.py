"""One alert's way is one trace, from the webhook to Slack, and no trace is in an alert's way."""

from __future__ import annotations

import contextlib
import json
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.harness import bodies
from tests.harness.background import Background
from tests.harness.collector import Collected, Collector
from tests.harness.fixtures import Running, running_product, telling
from tests.harness.product import WEBHOOK_TOKEN
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import Broker
    from tests.support.postgres import PostgresServer

WORDS = "the-words-of-somebody"
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100"}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Background() as background, contextlib.closing(Collector(background)) as started:
        started.start()
        yield started


@pytest.fixture(scope="module")
def running(postgres_server: PostgresServer, kafka_broker: Broker, collector: Collector) -> Iterator[Running]:
    more = {
        **SOON,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a-key-of-this-test",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=tests",
    }
    with running_product(postgres_server, kafka_broker, more=more) as started:
        yield started
        logs = "".join(process.log.read_text() for process in started.product.processes)
        assert "a-key-of-this-test" not in logs


async def traced(story: Story, name: str, service: str, severity: str = "warning") -> str:
    """Send an alert as somebody who traces; gives the trace's id."""
    trace = secrets.token_hex(16)
    body = bodies.webhook([story.make_alert(name, service=service, severity=severity, summary=WORDS)])
    answer = await story.request(
        "POST",
        "/api/v1/webhooks/alertmanager",
        json=body,
        token=WEBHOOK_TOKEN,
        headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
    )
    assert answer.status == 202, answer
    return trace


def way(spans: list[Collected], last: Collected) -> list[str]:
    """The names of the spans from the first to this one."""
    by_id = {span.id: span for span in spans}
    names = [last.name]
    while last.parent in by_id:
        last = by_id[last.parent]
        names.insert(0, last.name)
    return names


async def test_an_alert_is_followed_from_its_sender_to_slack(story: Story, collector: Collector) -> None:
    trace = await traced(story, "HighErrorRate", service="payments", severity="critical")
    await story.expect_channel()
    await story.expect_page()
    request = ("POST /api/v1/webhooks/{source}", "send tocsin.alerts.v1", "process tocsin.alerts.v1")
    wanted = {
        (*request, "effect slack.open_channel", "slack conversations.create"),
        (*request, "effect slack.status_card", "slack chat.postMessage"),
        (*request, "effect page", "page"),
    }

    def arrived() -> list[Collected]:  # a call may be told in an export before that of its effect
        spans = collector.of(trace)
        return spans if wanted <= {tuple(way(spans, span)) for span in spans} else []

    spans: list[Collected] = await story.until(arrived, "the trace has arrived")
    (batch,) = (span for span in spans if span.name == request[-1])
    assert batch.links == (trace,)
    assert batch.about["messaging.batch.message_count"] == 1
    assert batch.about["tocsin.decisions.open"] == 1
    assert spans[0].resource["service.name"] == "tocsin"
    assert spans[0].resource["deployment.environment.name"] == "tests"
    assert collector.headers["api-key"] == "a-key-of-this-test"
    incident = await story.incident()
    effects = [span for span in spans if span.name.startswith("effect ")]
    assert len({span.about["tocsin.incident.id"] for span in effects}) == 1, incident


async def test_logs_name_the_trace(story: Story, running: Running) -> None:
    trace = await traced(story, "DiskFull", service="billing")
    await story.expect_channel()
    (process,) = running.product.processes

    def told() -> bool:
        lines = [line for line in process.log.read_text().splitlines() if trace in line]
        return any("request" in line and "span_id" in line for line in lines)

    await story.until(told, "the line of the request names its trace")


async def test_no_label_text_or_secret_is_traced(story: Story, collector: Collector) -> None:
    trace = await traced(story, "Secretive", service="search")
    await story.expect_channel()
    await story.until(
        lambda: any(span.name == "slack chat.postMessage" for span in collector.of(trace)), "it has arrived"
    )
    everything = json.dumps([[span.name, span.about, span.resource] for span in collector.spans])
    for word in ("Secretive", "search", WORDS, story.environment, WEBHOOK_TOKEN, "xoxb-"):
        assert word not in everything


async def test_what_a_person_does_is_traced_from_the_click(story: Story, collector: Collector) -> None:
    await story.alert(service="cart")
    channel = await story.expect_channel("cart")
    await channel.expect_card()
    seen = {span.id for span in collector.spans}
    await channel.click("Acknowledge", as_="ada")

    def told() -> bool:
        new = [span for span in collector.spans if span.id not in seen]
        updates = [span for span in new if span.name == "slack chat.update"]
        return any("slack button" in way(new, span) for span in updates)

    await story.until(told, "the card's update is of the click's trace")


async def test_a_collector_that_is_away_keeps_no_alert(
    postgres_server: PostgresServer, kafka_broker: Broker
) -> None:
    more = {**SOON, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with running_product(postgres_server, kafka_broker, more=more) as started:
        async with telling(started, "nobody-collects", None) as story:
            await traced(story, "HighErrorRate", service="payments")
            await story.expect_channel()
            (process,) = started.product.processes
            await story.until(lambda: "opentelemetry complains" in process.log.read_text(), "it is said")
        started.product.stop()  # in time, though the last traces cannot go out
        assert process.log.read_text().count("opentelemetry complains") == 1


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}, {}])
async def test_nothing_is_sent_unless_it_is_asked_for(
    off: dict[str, str], postgres_server: PostgresServer, kafka_broker: Broker
) -> None:
    with Background() as background, contextlib.closing(Collector(background)) as unasked:
        unasked.start()
        more = {**SOON, **({"OTEL_EXPORTER_OTLP_ENDPOINT": unasked.url} if off else {}), **off}
        with running_product(postgres_server, kafka_broker, more=more) as started:
            async with telling(started, "off", None) as story:
                await traced(story, "HighErrorRate", service="payments")
                await story.expect_channel()
            started.product.stop()  # which sends what is left
            assert "trace_id" not in "".join(p.log.read_text() for p in started.product.processes)
        assert unasked.requests == 0
