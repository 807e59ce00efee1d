"""The world around the product: a pager, and the addresses that the shop's playbooks ask and use."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.harness.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]
SIGNATURE = re.compile(r"t=(?P<time>\d+),v1=(?P<digest>[0-9a-f]{64})")
FRESH_S = 300


@dataclass(frozen=True, slots=True)
class Received:
    """A request that came in. `problem` says what is wrong with its signature; empty where nothing is."""

    path: str
    key: str
    body: Json
    problem: str = ""


@dataclass
class Outside(Served):
    """Serves `/page`, `/health/<service>`, `/rollback/<service>` and a Prometheus below `/prometheus`.

    `well` holds the services whose health address answers 200; `error_rate` is what the Prometheus says.
    """

    secret: str = "a-pager-secret-of-this-test"
    error_rate: float = 0.34
    well: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)

    def pages(self, wanted: str = "") -> list[Received]:
        """The pages that came in, those for one environment or with one word in them."""
        return [one for one in self.received if one.path == "/page" and wanted in json.dumps(one.body)]

    def rollbacks(self, environment: str) -> list[Received]:
        """The rollbacks that were asked for in an environment."""
        return [
            one
            for one in self.received
            if one.path.startswith("/rollback/") and one.body.get("environment") == environment
        ]

    def routes(self) -> Iterable[web.RouteDef]:
        """See `Served`."""
        return [
            web.post("/page", self._page),
            web.get("/health/{service}", self._health),
            web.post("/rollback/{service}", self._rollback),
            web.route("*", "/prometheus/api/v1/query_range", self._query_range),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        body = await request.read()
        problem = self._signature_problem(request.headers.get("X-Tocsin-Signature", ""), body)
        self._keep(request, json.loads(body), problem)
        return web.Response(status=401 if problem else 202)

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if request.match_info["service"] in self.well else 503)

    async def _rollback(self, request: web.Request) -> web.Response:
        self._keep(request, await request.json())
        self.well.add(request.match_info["service"])
        return web.json_response({"rolled_back": True})

    async def _query_range(self, request: web.Request) -> web.Response:
        asked = {**request.query, **(await request.post() if request.method == "POST" else {})}
        end = float(str(asked["end"])) if str(asked["end"]).replace(".", "").isdigit() else time.time()
        values = [[end - 15 * back, str(self.error_rate)] for back in range(20, -1, -1)]
        result = [{"metric": {"service": "payments"}, "values": values}]
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": result}})

    def _keep(self, request: web.Request, body: Json, problem: str = "") -> None:
        key = request.headers.get("Idempotency-Key", "")
        self.received.append(Received(request.path, key, body, problem))

    def _signature_problem(self, header: str, body: bytes) -> str:
        found = SIGNATURE.fullmatch(header)
        if found is None:
            return f"no signature: {header!r}"
        if abs(time.time() - int(found["time"])) > FRESH_S:
            return f"signed at {found['time']}"
        signed = found["time"].encode() + b"." + body
        expected = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return "" if hmac.compare_digest(expected, found["digest"]) else "signed with another secret"
