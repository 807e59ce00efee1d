"""What tests do behind the scenes, also under `/local/`.

GET    /local/calls?method=&since=          {"calls": [CallRecord, ...]}, oldest first
DELETE /local/calls                         forget calls and deliveries
GET    /local/deliveries?kind=&since=       {"deliveries": [DeliveryRecord, ...]}
POST   /local/redeliver                     {"event_id"}: deliver an event that was delivered before once more
GET    /local/faults                        {"faults": [Fault, ...]} still due
POST   /local/faults                        Fault
DELETE /local/faults                        plan none
POST   /local/switches                      Switches: {"rate_limits": bool, "request_url": address}
POST   /local/verify                        send `url_verification` -> {"verified": bool}
POST   /local/refresh                       ask open sockets to reconnect -> {"sockets": count}
POST   /local/reset                         go back to the seeded workspace, plan no faults, forget all calls
"""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.localslack.door import guarded
from bot.localslack.errors import SlackError
from bot.localslack.events import EventDeliveries
from bot.localslack.faults import Fault, FaultPlan
from bot.localslack.journal import Journal
from bot.localslack.limits import RateLimiter
from bot.localslack.outgoing import Outgoing
from bot.localslack.requests import Switches
from bot.localslack.socketmode import SocketMode
from bot.localslack.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Backstage:
    """The handlers behind the scenes. `reset` puts the workspace back, its file included."""

    workspace: Workspace
    journal: Journal
    faults: FaultPlan
    limiter: RateLimiter
    outgoing: Outgoing
    sockets: SocketMode
    events: EventDeliveries
    reset: Callable[[], None]

    def add_routes(self, app: web.Application) -> None:
        """Add the routes that are listed above."""
        guard = guarded(self.workspace.settings)
        app.router.add_get("/local/calls", guard(self._calls))
        app.router.add_delete("/local/calls", guard(self._forget))
        app.router.add_get("/local/deliveries", guard(self._deliveries))
        app.router.add_post("/local/redeliver", guard(self._redeliver))
        app.router.add_get("/local/faults", guard(self._list_faults))
        app.router.add_post("/local/faults", guard(self._add_fault))
        app.router.add_delete("/local/faults", guard(self._clear_faults))
        app.router.add_post("/local/switches", guard(self._switch))
        app.router.add_post("/local/verify", guard(self._verify))
        app.router.add_post("/local/refresh", guard(self._refresh))
        app.router.add_post("/local/reset", guard(self._reset))

    async def _calls(self, request: web.Request) -> web.StreamResponse:
        calls = self.journal.calls(request.query.get("method"), _since(request))
        return web.json_response({"ok": True, "calls": calls})

    async def _forget(self, _request: web.Request) -> web.StreamResponse:
        self.journal.clear()
        return _done()

    async def _deliveries(self, request: web.Request) -> web.StreamResponse:
        deliveries = self.journal.deliveries(request.query.get("kind"), _since(request))
        return web.json_response({"ok": True, "deliveries": deliveries, "dropped": self.events.dropped})

    async def _redeliver(self, request: web.Request) -> web.StreamResponse:
        event_id = (await request.json()).get("event_id")
        for delivery in self.journal.deliveries("events_api"):
            if delivery["payload"].get("event_id") == event_id:
                self.events.start({"token": self.workspace.app.verification_token, **delivery["payload"]})
                return _done()
        raise SlackError("event_not_found")

    async def _list_faults(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "faults": [fault.model_dump() for fault in self.faults.list()]})

    async def _add_fault(self, request: web.Request) -> web.StreamResponse:
        self.faults.add(Fault.model_validate_json(await request.read()))
        return _done()

    async def _clear_faults(self, _request: web.Request) -> web.StreamResponse:
        self.faults.clear()
        return _done()

    async def _switch(self, request: web.Request) -> web.StreamResponse:
        switches = Switches.model_validate_json(await request.read())
        if switches.rate_limits is not None:
            self.limiter.enabled = switches.rate_limits
        if switches.request_url is not None:
            self.outgoing.request_url = switches.request_url or None
        return _done()

    async def _verify(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "verified": await self.outgoing.verify()})

    async def _refresh(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "sockets": await self.sockets.refresh()})

    async def _reset(self, _request: web.Request) -> web.StreamResponse:
        self.reset()
        self.faults.clear()
        self.limiter.reset()
        self.journal.clear()
        return _done()


def _done() -> web.Response:
    return web.json_response({"ok": True})


def _since(request: web.Request) -> int:
    since = request.query.get("since", "0")
    if not since.isdecimal():
        raise SlackError("invalid_since")
    return int(since)
