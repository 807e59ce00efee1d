"""The generic signed webhook that wakes somebody: JSON, a timestamped HMAC, an Idempotency-Key.

The receiver recomputes HMAC-SHA256 over `<unix time>.<body>` with the shared secret, compares it with `v1` of
the header, and refuses old timestamps.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.app.ports import NO_TRACES, Pager
from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import Clock, Span, Tracer

SIGNATURE: Final = "X-Tocsin-Signature"
_OUR_FAULT: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_DEFAULT_PAUSE: Final = 30.0
_LONGEST_PAUSE: Final = 600.0


def signature(secret: str, at: int, body: bytes) -> str:
    """The header's value for a body that is sent at a Unix time."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class WebhookPager(Pager):
    """Posts to one address; without a secret it is not signed."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        secret: str,
        clock: Clock,
        *,
        seconds: float = 10.0,
        tracer: Tracer = NO_TRACES,
    ) -> None:
        self._session = session
        self._url = url
        self._secret = secret
        self._clock = clock
        self._tracer = tracer
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def page(self, body: Mapping[str, Any], key: str) -> None:
        """See `Pager.page`; a redirect is not followed, so that a page never goes elsewhere."""
        content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, int(self._clock().timestamp()), content)
        with self._tracer.call("page", {"http.request.method": "POST"}) as span:
            await self._post(content, headers, span)

    async def _post(self, content: bytes, headers: Mapping[str, str], span: Span) -> None:
        try:
            async with self._session.post(
                self._url, data=content, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as answer:
                span.tell({"http.response.status_code": answer.status})
                _judge(answer.status, answer.headers.get("Retry-After", ""))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # The address may hold a token, so the error is named and not quoted.
            raise RemoteUnavailableError(f"the pager: {type(error).__name__}") from error


def _judge(status: int, retry_after: str) -> None:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = float(retry_after) if retry_after.isdigit() else _DEFAULT_PAUSE
        raise RateLimitedError(min(seconds, _LONGEST_PAUSE))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise RemoteUnavailableError(f"the pager answered {status}")
    if status in _OUR_FAULT:
        raise RemoteRefusedError(f"the pager answered {status}")
    # A token that was changed, a way that leads nowhere for a moment: somebody will mend it.
    raise RemoteMisconfiguredError(f"the pager answered {status}")
