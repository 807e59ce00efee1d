"""A tracer whose spans stay in memory, to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id

from bot.wiring.otel import OpenTelemetry

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENDER = f"00-{TRACE}-00f067aa0ba902b7-01"
"""A `traceparent` of somebody else, who records."""


class Spans:
    """`tracer` is the port; what has ended can be asked for by name."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = OpenTelemetry(provider, "1")

    def names(self) -> list[str]:
        """The names of all, in the order in which they ended."""
        return [span.name for span in self._exporter.get_finished_spans()]

    def all(self, name: str) -> list[ReadableSpan]:
        """All of that name."""
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        """The one of that name."""
        found = self.all(name)
        assert len(found) == 1, self.names()
        return found[0]


def context(span: ReadableSpan) -> SpanContext:
    """What others name it by."""
    found: SpanContext | None = span.context
    assert found is not None
    return found


def trace_of(span: ReadableSpan) -> str:
    """The id of its trace."""
    return format_trace_id(context(span).trace_id)


def parent_of(span: ReadableSpan) -> str:
    """The id of the span above it; empty where it is the first of its trace."""
    return format_span_id(span.parent.span_id) if span.parent is not None else ""


def about(span: ReadableSpan) -> dict[str, Any]:
    """Its attributes."""
    return dict(span.attributes or {})


def failed(span: ReadableSpan) -> bool:
    """Whether it says so."""
    return span.status.status_code is StatusCode.ERROR
