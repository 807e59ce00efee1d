"""The shop of the demo: what a playbook can look up (a metric, a health address), roll back, and a pager."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.domain.catalog import Catalog
from bot.wiring.serving import address_of, listen, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.config.folder import Configuration

BROKEN: Final = "payments"
_HEALTHY_RATIO: Final = 0.002
_BROKEN_RATIO: Final = 0.34
_SHOWN_S: Final = 300.0


@dataclass(slots=True)
class Shop:
    """A shop whose payments fail until they are rolled back. `url` is where it answers."""

    url: str = ""
    broken_since: float | None = None
    rolled_back_at: float | None = None
    pages: list[str] = field(default_factory=list)

    @property
    def pager_url(self) -> str:
        """Where the on-call engineer's pager is."""
        return f"{self.url}/pager"

    def furnish(self, configuration: Configuration) -> Configuration:
        """The configuration with the addresses of this shop in it."""
        services = [
            replace(
                service,
                links={
                    **service.links,
                    "health": f"{self.url}/health/{service.name}",
                    "rollback": f"{self.url}/rollback/{service.name}",
                },
            )
            for service in configuration.catalog.services.values()
        ]
        variables = {"prometheus_url": self.url, **configuration.installation.variables}
        installation = configuration.installation.model_copy(update={"variables": variables})
        return replace(configuration, catalog=Catalog(services), installation=installation)

    def deploy_badly(self) -> None:
        """The new version is out, and fails."""
        self.broken_since = time.time()
        self.rolled_back_at = None

    @property
    def is_broken(self) -> bool:
        """Whether payments fail now."""
        return self.broken_since is not None and self.rolled_back_at is None

    def ratio_at(self, moment: float) -> float:
        """The share of requests that failed at a Unix time."""
        since = self.broken_since
        broken = since is not None and since <= moment and (self.rolled_back_at or moment + 1) > moment
        return _BROKEN_RATIO if broken else _HEALTHY_RATIO

    async def health(self, request: web.Request) -> web.Response:
        """`GET /health/{service}`."""
        if request.match_info["service"] == BROKEN and self.is_broken:
            return web.json_response({"status": "failing", "error_ratio": _BROKEN_RATIO}, status=503)
        return web.json_response({"status": "ok"})

    async def roll_back(self, request: web.Request) -> web.Response:
        """`POST /rollback/{service}`: what a deploy tool would offer."""
        if request.match_info["service"] == BROKEN and self.is_broken:
            self.rolled_back_at = time.time()
        return web.json_response({"status": "rolled back", "service": request.match_info["service"]})

    async def ring(self, request: web.Request) -> web.Response:
        """`POST /pager`: remembers what it was told."""
        page = await request.json()
        self.pages.append(str(page.get("title") or page.get("why") or "an incident"))
        return web.json_response({"status": "rang"})

    async def query_range(self, request: web.Request) -> web.Response:
        """`/api/v1/query_range` as Prometheus answers it, for the one series that the playbook asks for."""
        asked = {**request.query, **(await request.post() if request.method == "POST" else {})}
        start, end, step = (float(str(asked[name])) for name in ("start", "end", "step"))
        count = min(1000, int((end - start) / step) + 1)
        moments = [start + step * position for position in range(count)]
        values = [[moment, str(self.ratio_at(moment))] for moment in moments]
        result = [{"metric": {"service": BROKEN}, "values": values}]
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": result}})


@contextlib.asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    """A shop on a free port of loopback while the block runs."""
    shop = Shop()
    app = web.Application()
    app.router.add_get("/health/{service}", shop.health)
    app.router.add_post("/rollback/{service}", shop.roll_back)
    app.router.add_post("/pager", shop.ring)
    app.router.add_route("*", "/api/v1/query_range", shop.query_range)
    listener = listen("127.0.0.1", 0, "the demo")
    shop.url = address_of(listener)
    async with serving(app, listener):
        yield shop
