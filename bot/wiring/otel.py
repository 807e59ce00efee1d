"""The `Tracer` port on OpenTelemetry's SDK: the one module that knows it, imported where traces go out."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import get_global_textmap
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers
from structlog.contextvars import bound_contextvars

from bot.app.ports import CallKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from opentelemetry.propagators.textmap import TextMapPropagator
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import SpanContext

    from bot.app.ports import Span
    from bot.app.ports.tracing import Attributes, RecordHeaders
    from bot.wiring.tracing import Outlet

MOST_LINKS: Final = 128
"""As many as the SDK keeps of a span, unless it is told otherwise."""
_KINDS: Final = {CallKind.CLIENT: SpanKind.CLIENT, CallKind.PRODUCER: SpanKind.PRODUCER}
_ROWS: Final = TraceContextTextMapPropagator()
"""Rows are our own, so their form does not change with OTEL_PROPAGATORS."""


class OpenTelemetry:
    """The `Tracer` over a provider, which is closed by whoever made it."""

    def __init__(
        self, provider: TracerProvider, version: str, propagator: TextMapPropagator | None = None
    ) -> None:
        self._tracer = provider.get_tracer("tocsin", version)
        self._propagator = propagator or get_global_textmap()
        # CloudEvents has a traceparent of its own, which is its second name in a record.
        self._names = {name: name for name in self._propagator.fields}
        self._names |= {f"ce_{name}": name for name in self._propagator.fields}

    def request(
        self, name: str, headers: Mapping[str, str], attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.request`."""
        return self._open(name, SpanKind.SERVER, attributes, self._origin(headers))

    def batch(
        self, name: str, records: Iterable[RecordHeaders], attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.batch`; what is not recorded is not linked to where something else is."""
        found = self._named(records)
        told = [one for one in found if one.trace_flags.sampled] or found
        origin = Context()
        if len({one.trace_id for one in told}) == 1:
            origin = trace.set_span_in_context(trace.NonRecordingSpan(told[0]), origin)
        return self._open(name, SpanKind.CONSUMER, attributes, origin, [Link(one) for one in told])

    def work(
        self, name: str, attributes: Attributes, origin: str | None = None, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.work`."""
        context = None if origin is None else _ROWS.extract({"traceparent": origin}, Context())
        return self._open(name, SpanKind.INTERNAL, attributes, context)

    def call(
        self, name: str, attributes: Attributes, kind: CallKind = CallKind.CLIENT, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.call`."""
        if not trace.get_current_span().get_span_context().is_valid:
            return contextlib.nullcontext(_OpenSpan(trace.INVALID_SPAN))
        return self._open(name, _KINDS[kind], attributes)

    def tell(self, attributes: Attributes) -> None:
        """See `Tracer.tell`."""
        trace.get_current_span().set_attributes(attributes)

    def carried(self) -> Mapping[str, str]:
        """See `Tracer.carried`."""
        headers: dict[str, str] = {}
        with contextlib.suppress(Exception):  # as with what is read
            self._propagator.inject(headers)
        return headers

    def traceparent(self) -> str | None:
        """See `Tracer.traceparent`."""
        headers: dict[str, str] = {}
        _ROWS.inject(headers)
        return headers.get("traceparent")

    def _named(self, records: Iterable[RecordHeaders]) -> list[SpanContext]:
        """The different spans that records name, up to a bound; those of one request name the same."""
        found: dict[RecordHeaders, SpanContext] = {}
        for record in records:
            carrier = tuple((name, value) for name, value in record if value and name in self._names)
            if not carrier or carrier in found:
                continue
            # A header's own name comes last, and wins over that of CloudEvents.
            ordered = sorted(carrier, key=lambda header: header[0] not in self._names.values(), reverse=True)
            headers = {self._names[name]: value.decode("latin-1") for name, value in ordered if value}
            found[carrier] = trace.get_current_span(self._origin(headers)).get_span_context()
            if len(found) == MOST_LINKS:
                break
        return [one for one in found.values() if one.is_valid]

    def _origin(self, headers: Mapping[str, str]) -> Context:
        """What the headers say; whatever a stranger wrote there, it stops no alert."""
        try:
            return self._propagator.extract(headers, Context(), _FIRST)
        except Exception:  # noqa: BLE001 - baggage that is not UTF-8 makes the library raise, for one
            return Context()

    @contextlib.contextmanager
    def _open(
        self,
        name: str,
        kind: SpanKind,
        attributes: Attributes,
        context: Context | None = None,
        links: list[Link] | None = None,
    ) -> Iterator[Span]:
        span = self._tracer.start_span(name, context, kind, attributes, links)
        own = span.get_span_context()
        opened = _OpenSpan(span)
        ids = {"trace_id": trace.format_trace_id(own.trace_id), "span_id": trace.format_span_id(own.span_id)}
        try:
            # An error's text may hold anything, so only its kind is told.
            with (
                trace.use_span(span, record_exception=False, set_status_on_exception=False),
                bound_contextvars(**ids),
            ):
                yield opened
        except BaseException as error:
            opened.fail(type(error).__name__)
            raise
        finally:
            span.end()


class _OpenSpan:
    """The `Span` port."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def tell(self, attributes: Attributes) -> None:
        """See `Span.tell`."""
        self._span.set_attributes(attributes)

    def fail(self, error: str) -> None:
        """See `Span.fail`."""
        self._span.set_attribute("error.type", error)
        self._span.set_status(Status(StatusCode.ERROR))


class _First(Getter["Mapping[str, str]"]):
    """Reads headers whose names may be written in either case, as those of HTTP."""

    def get(self, carrier: Mapping[str, str], key: str) -> list[str] | None:
        value = carrier.get(key)
        return None if value is None else [value]

    def keys(self, carrier: Mapping[str, str]) -> list[str]:
        return list(carrier)


_FIRST: Final = _First()


def provider_of(outlet: Outlet, version: str, instance: str) -> TracerProvider:
    """A provider as the standard variables say, with the outlet's exporters.

    `instance` tells this process from others of the same service.
    """
    own = {"service.name": "tocsin", "service.version": version, "service.instance.id": instance}
    resource = Resource.create(own).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in outlet.exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter_of(exporter, outlet)))
    return provider


def exporter_of(name: str, outlet: Outlet) -> SpanExporter:
    """The exporter of that name; what is printed goes where our logs go, since stdout is for data."""
    if name == "console":
        return ConsoleSpanExporter(out=sys.stderr)
    return _over_http(outlet)


def reaches(outlet: Outlet, seconds: float) -> bool:
    """Whether the endpoint takes an empty export; blocks for so many seconds at most."""
    exporter = _over_http(outlet, seconds)
    try:
        return exporter.export([]) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call] # the library says no types here


def _over_http(outlet: Outlet, seconds: float | None = None) -> OTLPSpanExporter:
    """Without `seconds` it waits as long as the standard variables say."""
    headers = parse_env_headers(outlet.headers, liberal=True)
    return OTLPSpanExporter(endpoint=outlet.endpoint, headers=headers, timeout=seconds)
