"""Hands payloads to the app: over Socket Mode while a socket is open, else by signed HTTP."""

import json
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

import aiohttp

from bot.localslack.journal import DeliveryRecord, Journal
from bot.localslack.signing import sign
from bot.localslack.workspace import Workspace

Kind = Literal["events_api", "interactive", "slash_commands", "url_verification"]
Json = dict[str, Any]
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the app answered: `ok`, `http_timeout`, `http_error`, `connection_failed` or `no_receiver`."""

    outcome: str
    body: Any = None
    status: int = 0
    final: bool = False  # the app asked not to be sent this again

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged in time."""
        return self.outcome == "ok"


class Sockets(Protocol):
    """The open Socket Mode connections."""

    @property
    def connected(self) -> bool:
        """Whether there is one."""
        ...

    async def send(self, kind: str, payload: Json, *, attempt: int, reason: str, within: float) -> Reply:
        """Send an envelope and wait for its acknowledgement."""
        ...


class Outgoing:
    """Delivers one payload once; who wants retries calls again with the next attempt."""

    def __init__(self, workspace: Workspace, sockets: Sockets, journal: Journal) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._journal = journal
        self._session: aiohttp.ClientSession | None = None
        self.request_url = workspace.app.request_url

    async def close(self) -> None:
        """Close the HTTP client."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, kind: Kind, payload: Json, *, attempt: int = 0, reason: str = "") -> Reply:
        """Deliver a payload and return the answer; this never raises."""
        within = self._workspace.settings.ack_timeout
        if self._sockets.connected and kind != "url_verification":
            transport = "socket"
            reply = await self._sockets.send(kind, payload, attempt=attempt, reason=reason, within=within)
        elif self.request_url:
            transport = "http"
            reply = await self._post(self.request_url, kind, payload, _retry_headers(attempt, reason))
        else:
            transport, reply = "none", Reply("no_receiver")
        self._journal.delivery(
            DeliveryRecord(
                seq=self._journal.next_seq(),
                time=self._workspace.clock(),
                kind=kind,
                transport=transport,
                attempt=attempt,
                outcome=reply.outcome,
                payload={key: value for key, value in payload.items() if key != "token"},
            )
        )
        return reply

    async def verify(self) -> bool:
        """Send the `url_verification` challenge; return whether the app gave it back."""
        challenge = self._workspace.ids("challenge")
        token = self._workspace.app.verification_token
        body = {"type": "url_verification", "token": token, "challenge": challenge}
        reply = await self.deliver("url_verification", body)
        given = reply.body.get("challenge") if isinstance(reply.body, dict) else reply.body
        return reply.ok and given == challenge

    async def _post(self, url: str, kind: Kind, payload: Json, more: dict[str, str]) -> Reply:
        body, content_type = _encode(kind, payload)
        timestamp = str(self._workspace.now())
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (local)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._workspace.app.signing_secret, timestamp, body),
            **more,
        }
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=self._workspace.settings.ack_timeout)
        try:
            async with self._session.post(url, data=body, headers=headers, timeout=limit) as response:
                text = await response.text()
                outcome = "ok" if response.status in _OK else "http_error"
                final = response.headers.get("X-Slack-No-Retry") == "1"
                return Reply(outcome, _decode(text), response.status, final)
        except TimeoutError:
            return Reply("http_timeout")
        except (aiohttp.ClientError, OSError, UnicodeDecodeError):
            return Reply("connection_failed")


def _retry_headers(attempt: int, reason: str) -> dict[str, str]:
    return {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}


def _encode(kind: Kind, payload: Json) -> tuple[bytes, str]:
    match kind:
        case "events_api" | "url_verification":
            return json.dumps(payload).encode(), "application/json"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
        case "slash_commands":
            return urlencode(payload).encode(), "application/x-www-form-urlencoded"


def _decode(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text
