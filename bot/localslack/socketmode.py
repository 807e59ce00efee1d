"""Socket Mode: one-time addresses, hello, envelopes, acknowledgements, and a refresh on request."""

import asyncio
import itertools
from typing import Any

from aiohttp import WSMsgType, web

from bot.localslack.outgoing import Reply
from bot.localslack.workspace import Workspace

_MAX_TICKETS = 100
_HOST = "applink-local"
_CLOSING = 1.0


class SocketMode:
    """The app's open WebSockets. Each envelope goes to one of them, in turn."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: list[str] = []
        self._open: list[web.WebSocketResponse] = []
        self._retiring: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = itertools.count()
        self._farewells: set[asyncio.Task[bool]] = set()
        self._settled = asyncio.Event()  # unless an app was asked to connect anew, and has not come yet
        self._settled.set()

    @property
    def connected(self) -> bool:
        """Whether an app is connected, or between two connections as we asked it to be."""
        return bool(self._open or self._retiring) or not self._settled.is_set()

    def ticket(self) -> str:
        """Return a ticket that opens one WebSocket."""
        ticket = self._workspace.ids("ticket")
        self._tickets = [*self._tickets[-_MAX_TICKETS:], ticket]
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket for as long as it lasts."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="the ticket is unknown or was used")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(heartbeat=30, timeout=_CLOSING)
        await socket.prepare(request)
        self._open.append(socket)
        self._settled.set()
        try:
            await socket.send_json(self._hello())
            self._let_go(self._retiring)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.json())
        finally:
            for sockets in (self._open, self._retiring):
                if socket in sockets:
                    sockets.remove(socket)
        return socket

    async def send(
        self, kind: str, payload: dict[str, Any], *, attempt: int, reason: str, within: float
    ) -> Reply:
        """Send an envelope and wait for its acknowledgement."""
        envelope_id = self._workspace.ids("envelope")
        envelope: dict[str, Any] = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        sockets = await self._connections(within)
        if not sockets:
            return Reply("no_receiver")
        socket = sockets[next(self._turn) % len(sockets)]
        waiter = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(envelope)
            return Reply("ok", await asyncio.wait_for(waiter, within), 200)
        except TimeoutError:
            return Reply("http_timeout")
        except ConnectionError:
            return Reply("connection_failed")
        finally:
            del self._waiting[envelope_id]

    async def _connections(self, within: float) -> list[web.WebSocketResponse]:
        """Those to send to; an app that closes its old connection before the new one is waited for."""
        if not (self._open or self._retiring):
            try:
                await asyncio.wait_for(self._settled.wait(), within)
            except TimeoutError:
                self._settled.set()
        return self._open or self._retiring

    async def refresh(self) -> int:
        """Ask every app to connect anew, as Slack does every few hours; return how many there were.

        An old connection is used until there is a new one, and is closed then.
        """
        sockets, self._open = self._open, []
        if sockets:
            self._settled.clear()
        self._retiring += sockets
        for socket in tuple(sockets):
            body = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": _HOST}}
            await socket.send_json(body)
        return len(sockets)

    async def close(self, _app: web.Application | None = None) -> None:
        """Close every connection."""
        self._let_go([*self._open, *self._retiring])
        await asyncio.gather(*self._farewells, return_exceptions=True)

    def _let_go(self, sockets: list[web.WebSocketResponse]) -> None:
        """Close connections without waiting for the other side, which may no longer listen."""
        for socket in sockets:
            task = asyncio.create_task(socket.close())
            self._farewells.add(task)
            task.add_done_callback(self._farewells.discard)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": _HOST, "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._workspace.app.app_id},
        }

    def _acknowledged(self, body: Any) -> None:
        envelope_id = body.get("envelope_id") if isinstance(body, dict) else None
        waiter = self._waiting.get(str(envelope_id))
        if waiter is not None and not waiter.done():
            waiter.set_result(body.get("payload"))
