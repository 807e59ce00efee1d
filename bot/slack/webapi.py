"""The one function that every Web API call passes through: bounded, measured, its errors turned into ours."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.ports import NO_TRACES
from bot.domain.errors import RemoteUnavailableError, TocsinError
from bot.slack.outcomes import failure, outcome_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from pydantic import SecretStr

    from bot.app.ports import Span, Tracer
    from bot.slack.metrics import SlackMetrics

CALL_TIMEOUT: Final = 10.0
MOST_PAGES: Final = 200
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def quiet_logger() -> logging.Logger:
    """The library's logger. Never below INFO: at DEBUG it writes whole requests and answers."""
    logger = logging.getLogger("slack_sdk.tocsin")
    logger.setLevel(max(logging.INFO, logging.getLogger("slack_sdk").level))
    return logger


def make_client(
    token: SecretStr, base_url: str, session: aiohttp.ClientSession | None = None
) -> AsyncWebClient:
    """A client that tries once: the library's own retries would repeat a call whose reply was lost."""
    client = AsyncWebClient(
        token=token.get_secret_value(),
        base_url=base_url,
        timeout=int(CALL_TIMEOUT),
        session=session,
        retry_handlers=[],
        logger=quiet_logger(),
    )
    if urlsplit(base_url).hostname in _LOOPBACK:
        client.proxy = None  # the library takes HTTPS_PROXY even for this machine
    return client


@asynccontextmanager
async def connect(
    token: SecretStr, base_url: str, metrics: SlackMetrics, tracer: Tracer = NO_TRACES
) -> AsyncIterator[WebApi]:
    """The Web API over one pool of connections, which is closed at the end of the block."""
    timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield WebApi(make_client(token, base_url, session), metrics, tracer=tracer)


class WebApi:
    """Calls methods by name."""

    def __init__(
        self,
        client: AsyncWebClient,
        metrics: SlackMetrics,
        *,
        timeout: float = CALL_TIMEOUT,
        monotonic: Callable[[], float] = time.monotonic,
        tracer: Tracer = NO_TRACES,
    ) -> None:
        self.client = client
        self._metrics = metrics
        self._timeout = timeout
        self._monotonic = monotonic
        self._tracer = tracer
        self._server = urlsplit(client.base_url).hostname or ""

    async def read(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method that changes nothing; its arguments go into the query.

        Raises:
            TocsinError: as `write`.
        """
        return await self._call(method, http_verb="GET", params=_given(arguments))

    async def write(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method with a JSON body; arguments that are None are left out.

        Raises:
            RateLimitedError: Slack asks for a pause.
            RemoteUnavailableError: no answer, or none that says what happened.
            RemoteMisconfiguredError: the token or its scopes do not allow it; nothing happened.
            RemoteRefusedError: Slack will not do it; `detail` is its error name.
        """
        return await self._call(method, http_verb="POST", json=_given(arguments))

    async def pages(self, method: str, **arguments: Any) -> AsyncIterator[Mapping[str, Any]]:
        """Read a method page by page until there are no more.

        Raises:
            RemoteUnavailableError: more than 200 pages; also as `read`.
        """
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.read(method, **arguments, cursor=cursor)
            yield page
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "") or None
            if cursor is None:
                return
        raise RemoteUnavailableError(f"{method}: no end after {MOST_PAGES} pages")

    async def granted_scopes(self) -> frozenset[str] | None:
        """The scopes that the token really has; None where the answer does not say.

        Raises:
            TocsinError: as `read`.
        """
        headers: dict[str, str] = {}
        await self._call("auth.test", http_verb="POST", json={}, headers_out=headers)
        granted = headers.get("x-oauth-scopes")
        if granted is None:
            return None
        return frozenset(scope.strip() for scope in granted.split(",") if scope.strip())

    async def _call(
        self, method: str, *, headers_out: dict[str, str] | None = None, **request: Any
    ) -> Mapping[str, Any]:
        about = {"rpc.system": "slack", "rpc.method": method, "server.address": self._server}
        with self._tracer.call(f"slack {method}", about) as span:
            headers, body = await self._measured(method, request, span)
        if headers_out is not None:
            headers_out.update(headers)
        answer: Mapping[str, Any] = body
        return answer

    async def _measured(self, method: str, request: dict[str, Any], span: Span) -> tuple[dict[str, str], Any]:
        started = self._monotonic()
        error: TocsinError | None = None
        try:
            status, headers, body = await self._exchange(method, request)
            span.tell({"http.response.status_code": status})
            error = failure(status, headers, body)
        except TocsinError as raised:
            error = raised
        finally:
            self._metrics.call_seconds.labels(method).observe(self._monotonic() - started)
        outcome = outcome_name(error)
        span.tell({"tocsin.outcome": outcome})
        self._metrics.calls.labels(method, outcome).inc()
        if error is not None:
            raise error
        return headers, body

    async def _exchange(self, method: str, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        """Status, headers (names in lower case) and body of the answer, whatever it is."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await self.client.api_call(method, **request)
        except SlackApiError as error:
            answer: Any = error.response
            status: int = getattr(answer, "status_code", None) or answer.status
            return status, _lower(answer.headers), getattr(answer, "data", None)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise RemoteUnavailableError(f"{method}: {_describe(error)}") from None
        except (SlackClientError, AttributeError, ValueError) as error:
            # The library stumbles over an answer that is no JSON object.
            raise RemoteUnavailableError(f"{method}: {_describe(error)}") from None
        return response.status_code, _lower(response.headers), response.data


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _describe(error: Exception) -> str:
    """The kind of error: its text may hold addresses or parts of the request."""
    return type(error).__name__
