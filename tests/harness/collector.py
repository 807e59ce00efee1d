"""A collector of traces on loopback: takes OTLP over HTTP, and tells what it was sent."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.harness.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Collected:
    """A span as it came: ids in hexadecimal, `parent` maybe empty, `links` the traces that it names."""

    name: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    about: dict[str, Any]
    failed: bool
    resource: dict[str, Any]


@dataclass
class Collector(Served):
    """Serves `/v1/traces`; while `away`, it answers 503. `headers` are those of the last request."""

    away: bool = False
    requests: int = 0
    spans: list[Collected] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def of(self, trace: str) -> list[Collected]:
        """The spans of a trace."""
        return [span for span in self.spans if span.trace == trace]

    def routes(self) -> Iterable[web.RouteDef]:
        """See `Served`."""
        return [web.post("/v1/traces", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.headers = dict(request.headers)
        if self.away:
            return web.Response(status=503)
        body = await request.read()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.spans.extend(_spans(ExportTraceServiceRequest.FromString(body)))
        return web.Response(content_type="application/x-protobuf")


def _spans(export: ExportTraceServiceRequest) -> Iterator[Collected]:
    for of_resource in export.resource_spans:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield Collected(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    tuple(link.trace_id.hex() for link in span.links),
                    _attributes(span.attributes),
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    resource,
                )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
