"""The endpoint of the Web API: routes a call to its method, applies planned faults, keeps the journal."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.localslack.api import (
    chat,
    conversations,
    decorations,
    files,
    history,
    identity,
    members,
    users,
    views,
)
from bot.localslack.api.arguments import read_arguments
from bot.localslack.api.call import Call, RateLimitedError
from bot.localslack.api.gate import check_required, check_scopes, check_token
from bot.localslack.api.table import Method
from bot.localslack.errors import SlackError
from bot.localslack.faults import Fault, FaultPlan
from bot.localslack.journal import CallRecord, Journal
from bot.localslack.limits import TIERS, RateLimiter
from bot.localslack.triggers import Triggers
from bot.localslack.workspace import Workspace

METHODS: dict[str, Method] = {
    **identity.METHODS,
    **users.METHODS,
    **conversations.METHODS,
    **members.METHODS,
    **history.METHODS,
    **chat.METHODS,
    **views.METHODS,
    **decorations.METHODS,
    **files.METHODS,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON body, and how long to wait where there were too many calls."""

    body: dict[str, Any]
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: the answer that was due, and the fault in whose place it went."""

    answer: Answer
    status: int
    fault: Fault | None
    executed: bool

    @property
    def error(self) -> str | None:
        """The error that the caller met: Slack's name, or the kind of fault."""
        if self.fault is None:
            return self.answer.body.get("error")
        return self.fault.error if self.fault.kind == "error" else self.fault.kind


class WebApi:
    """Answers `/api/<method>`."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        triggers: Triggers,
        limiter: RateLimiter,
        faults: FaultPlan,
        journal: Journal,
        open_socket: Callable[[], str],
        base_url: Callable[[web.Request], str],
    ) -> None:
        self._workspace = workspace
        self._triggers = triggers
        self._limiter = limiter
        self._faults = faults
        self._journal = journal
        self._open_socket = open_socket
        self._base_url = base_url
        self._closing = asyncio.Event()

    async def close(self, _app: web.Application) -> None:
        """Let go of every call that a fault holds."""
        self._closing.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        method = METHODS.get(name)
        fault = self._faults.take(name)
        executed = fault is None or fault.executed
        args: dict[str, Any] = {}
        try:
            args, token = await read_arguments(request, takes_json=method is None or method.takes_json)
            body = self._execute(request, name, args, token) if executed else {}
            answer = Answer({"ok": True, **body})
        except RateLimitedError as error:
            answer = Answer(error.body(), error.retry_after)
        except SlackError as error:
            answer = Answer(error.body())
        response = self._response(answer) if fault is None else await self._spoiled(request, fault)
        self._note(
            request, args, Outcome(answer, response.status, fault, executed and bool(answer.body["ok"]))
        )
        return response

    def _execute(
        self, request: web.Request, name: str, args: dict[str, Any], token: str | None
    ) -> dict[str, Any]:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        base_url = self._base_url(request)
        call = Call(self._workspace, self._triggers, self._limiter, args, base_url, self._open_socket)
        check_token(method, token, self._workspace.app)
        call.limit(name, TIERS[method.tier])
        check_scopes(method, call)
        check_required(method, call)
        return method.handler(call)

    def _response(self, answer: Answer) -> web.Response:
        headers = {"x-oauth-scopes": ",".join(self._workspace.app.scopes)}
        if answer.retry_after is None:
            return web.json_response(answer.body, headers=headers)
        return web.json_response(
            answer.body, status=429, headers={**headers, "Retry-After": str(answer.retry_after)}
        )

    async def _spoiled(self, request: web.Request, fault: Fault) -> web.Response:
        match fault.kind:
            case "error":
                return web.json_response({"ok": False, "error": fault.error})
            case "ratelimited":
                headers = {"Retry-After": str(fault.retry_after)}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case "unavailable":
                return web.Response(
                    status=503, text="<html>Service Unavailable</html>", content_type="text/html"
                )
            case "hang":
                await self._hold(fault.seconds)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)  # nobody reads it: the connection is gone

    async def _hold(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    def _note(self, request: web.Request, args: dict[str, Any], outcome: Outcome) -> None:
        record = CallRecord(
            seq=self._journal.next_seq(),
            time=self._workspace.clock(),
            method=request.match_info["method"],
            http_method=request.method,
            content_type=request.content_type if request.method == "POST" else "",
            arguments=args,
            status=outcome.status,
            ok=outcome.error is None,
            error=outcome.error,
            fault=outcome.fault.kind if outcome.fault else None,
            executed=outcome.executed,
        )
        self._journal.call(record)
