"""The port on OpenTelemetry's SDK: what continues what, what is linked, and what is never told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import SpanKind
from structlog.contextvars import get_contextvars

from bot.app.ports import NO_TRACES, CallKind
from bot.wiring.otel import MOST_LINKS
from bot.wiring.tracing import Heard, complaining_to
from tests.support.spans import SENDER, TRACE, Spans, about, context, failed, parent_of, trace_of

OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOT_RECORDED = f"{OTHER[:-2]}00"


@pytest.fixture
def spans() -> Spans:
    return Spans()


def record(traceparent: str, name: str = "traceparent") -> tuple[tuple[str, bytes | None], ...]:
    return (("ce_id", b"1"), ("empty", None), (name, traceparent.encode()))


def test_a_request_continues_the_trace_of_its_sender(spans: Spans) -> None:
    with spans.tracer.request("POST /x", {"traceparent": SENDER}, {"http.route": "/x"}) as span:
        span.tell({"http.response.status_code": 202})
    done = spans.one("POST /x")
    assert (trace_of(done), parent_of(done), done.kind) == (TRACE, SENDER[36:52], SpanKind.SERVER)
    assert about(done) == {"http.route": "/x", "http.response.status_code": 202}


@pytest.mark.parametrize("headers", [{}, {"traceparent": "nonsense"}, {"traceparent": SENDER.upper()}])
def test_a_request_of_nobody_begins_a_trace(spans: Spans, headers: dict[str, str]) -> None:
    with spans.tracer.request("POST /x", headers, {}):
        pass
    assert parent_of(spans.one("POST /x")) == ""


def test_a_call_belongs_to_what_asked_for_it(spans: Spans) -> None:
    with spans.tracer.work("effect", {}), spans.tracer.call("send", {}, CallKind.PRODUCER):
        spans.tracer.tell({"inner": True})
    effect, send = spans.one("effect"), spans.one("send")
    assert (send.parent, send.kind) == (context(effect), SpanKind.PRODUCER)
    assert about(send) == {"inner": True}


def test_a_call_that_nobody_asked_for_is_not_traced(spans: Spans) -> None:
    with spans.tracer.call("slack auth.test", {}) as span:
        span.tell({"status": 200})
        span.fail("Nothing")
    assert spans.names() == []
    assert (spans.tracer.carried(), spans.tracer.traceparent()) == ({}, None)


def test_a_batch_of_one_trace_continues_it(spans: Spans) -> None:
    with spans.tracer.batch("process", [record(SENDER), record(SENDER), (("ce_id", b"2"),)], {}):
        pass
    done = spans.one("process")
    assert (trace_of(done), parent_of(done), done.kind) == (TRACE, SENDER[36:52], SpanKind.CONSUMER)
    assert [link.context for link in done.links] == [done.parent]


def test_a_batch_of_several_traces_is_linked_to_each(spans: Spans) -> None:
    with spans.tracer.batch("process", [record(SENDER), record(OTHER)], {}):
        pass
    done = spans.one("process")
    assert parent_of(done) == ""
    assert [format(link.context.trace_id, "032x") for link in done.links] == [TRACE, OTHER[3:35]]


def test_what_is_not_recorded_is_passed_over_where_something_is(spans: Spans) -> None:
    with spans.tracer.batch("process", [record(NOT_RECORDED), record(SENDER)], {}):
        pass
    assert trace_of(spans.one("process")) == TRACE
    with spans.tracer.batch("silent", [record(NOT_RECORDED)], {}):
        assert (spans.tracer.traceparent() or "").startswith(OTHER[:35])
    assert spans.names() == ["process"]  # its sender decided that it is not recorded


def test_links_have_a_bound(spans: Spans) -> None:
    many = [record(f"00-{number:032x}-00f067aa0ba902b7-01") for number in range(1, 2 * MOST_LINKS)]
    with spans.tracer.batch("process", [record("00-nonsense"), *many], {}):
        pass
    assert len(spans.one("process").links) == MOST_LINKS - 1  # what cannot be read counts, too


def test_the_name_that_cloudevents_gives_it_is_read_too(spans: Spans) -> None:
    with spans.tracer.batch("process", [record(SENDER, "ce_traceparent")], {}):
        pass
    both = (*record(SENDER), *record(OTHER, "ce_traceparent"))
    with spans.tracer.batch("both", [both], {}):
        pass
    assert [trace_of(spans.one(name)) for name in ("process", "both")] == [TRACE, TRACE]


NAMES = st.sampled_from(["traceparent", "tracestate", "baggage", "ce_traceparent", "ce_id"])
VALUES = st.binary(max_size=80) | st.sampled_from([SENDER.encode(), b"a=b,c=d", b"00-\xff"]) | st.none()


@given(st.lists(st.lists(st.tuples(NAMES, VALUES), max_size=5).map(tuple), max_size=4))
def test_no_header_of_anybody_stops_a_batch_or_what_it_sends(
    records: list[tuple[tuple[str, bytes | None], ...]],
) -> None:
    spans = Spans()
    with complaining_to(Heard()):
        with spans.tracer.batch("process", records, {}):
            assert all(value.encode("latin-1") for value in spans.tracer.carried().values())
        for headers in records:
            named = {name: (value or b"").decode("utf-8", "surrogateescape") for name, value in headers}
            with spans.tracer.request("POST /x", named, {}):
                assert all(value.encode("latin-1") for value in spans.tracer.carried().values())


@given(st.text(max_size=60))
def test_no_row_stops_an_effect(origin: str) -> None:
    with complaining_to(Heard()), Spans().tracer.work("effect", {}, origin):
        pass


def test_work_continues_its_origin_over_what_is_active(spans: Spans) -> None:
    with spans.tracer.work("active", {}):
        with spans.tracer.work("of a row", {}, SENDER):
            pass
        with spans.tracer.work("inner", {}):
            pass
    assert trace_of(spans.one("of a row")) == TRACE
    assert spans.one("inner").parent == context(spans.one("active"))


def test_what_travels_names_the_active_span(spans: Spans) -> None:
    with spans.tracer.work("active", {}):
        carried, row = spans.tracer.carried(), spans.tracer.traceparent()
    own = context(spans.one("active"))
    assert carried == {"traceparent": row}
    assert row == f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}"


def test_an_error_is_told_by_its_kind_alone(spans: Spans) -> None:
    with pytest.raises(ValueError, match="words"), spans.tracer.work("effect", {}):
        raise ValueError("the words of somebody")
    done = spans.one("effect")
    assert (about(done), failed(done), done.status.description) == ({"error.type": "ValueError"}, True, None)
    assert done.events == ()


def test_lines_of_the_log_name_the_span(spans: Spans) -> None:
    with spans.tracer.work("effect", {}):
        bound = get_contextvars()
    own = context(spans.one("effect"))
    assert bound == {"trace_id": f"{own.trace_id:032x}", "span_id": f"{own.span_id:016x}"}
    assert get_contextvars() == {}


def test_the_null_object_does_nothing() -> None:
    with (
        NO_TRACES.request("a", {}, {}) as span,
        NO_TRACES.batch("b", [record(SENDER)], {}),
        NO_TRACES.work("c", {}, SENDER),
        NO_TRACES.call("d", {}),
    ):
        span.tell({"a": 1})
        span.fail("Error")
        NO_TRACES.tell({"a": 1})
        assert (NO_TRACES.carried(), NO_TRACES.traceparent()) == ({}, None)
        assert get_contextvars() == {}
