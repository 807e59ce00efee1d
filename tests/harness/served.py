"""Something of the world around the product that answers HTTP on loopback."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.harness.background import Background


@dataclass
class Served(ABC):
    """Serves its `routes` at `url` between `start` and `close`."""

    background: Background
    url: str = ""
    _runner: web.AppRunner | None = None

    @abstractmethod
    def routes(self) -> Iterable[web.RouteDef]:
        """What it answers."""

    def start(self) -> None:
        """Begin to serve."""
        self.background.run(self._serve())

    def close(self) -> None:
        """End."""
        if self._runner is not None:
            self.background.run(self._runner.cleanup())

    async def _serve(self) -> None:
        application = web.Application()
        application.add_routes(self.routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        port = free_port()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
