from __future__ import annotations

import pytest
from opentelemetry.trace import SpanKind

from bot.app.ports import OutRecord
from bot.domain.errors import BrokerUnavailableError
from bot.kafka.traced import TracedPublisher
from tests.kafka.memory import MemoryPublisher
from tests.support.spans import SENDER, Spans, about, context, failed

ONE = OutRecord("t", "k", b"{}", (("ce_id", b"1"),))


async def test_records_carry_the_span_that_sends_them() -> None:
    spans, inner = Spans(), MemoryPublisher()
    with spans.tracer.work("request", {}):
        await TracedPublisher(inner, spans.tracer).publish([ONE, ONE], 1.0)
    send = spans.one("send t")
    assert (send.parent, send.kind) == (context(spans.one("request")), SpanKind.PRODUCER)
    assert about(send)["messaging.batch.message_count"] == 2
    for record in inner.records:
        name, value = record.headers[-1]
        assert record.headers[:-1] == ONE.headers
        assert (name, value[36:52].decode()) == ("traceparent", f"{context(send).span_id:016x}")


async def test_a_record_that_has_a_trace_keeps_it() -> None:
    spans, inner = Spans(), MemoryPublisher()
    letter = OutRecord("t.dlq", "k", b"{}", (("traceparent", SENDER.encode()),))
    with spans.tracer.work("request", {}):
        await TracedPublisher(inner, spans.tracer).publish([letter], 1.0)
    assert inner.records == [letter]


async def test_what_nobody_asked_for_goes_as_it_is() -> None:
    spans, inner = Spans(), MemoryPublisher()
    publisher = TracedPublisher(inner, spans.tracer)
    await publisher.publish([ONE], 1.0)
    await publisher.check()
    assert (inner.records, spans.names()) == ([ONE], [])


async def test_a_broker_that_is_away_is_told() -> None:
    spans, inner = Spans(), MemoryPublisher()
    inner.reachable = False
    with spans.tracer.work("request", {}), pytest.raises(BrokerUnavailableError):
        await TracedPublisher(inner, spans.tracer).publish([ONE], 0.01)
    assert failed(spans.one("send t"))
    assert about(spans.one("send t"))["error.type"] == "BrokerUnavailableError"
