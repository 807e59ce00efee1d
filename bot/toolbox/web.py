"""HTTP for playbook steps: bounded in time and size; a failure says whether the other side may have acted.

Only http and https are spoken. Redirects are followed for GET alone; where one leads to another host, the
step's headers stay behind, because they may hold secrets. No error quotes a query, a password or a header.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from bot.app.ports import NO_TRACES
from playbooks.errors import PermanentStepError, RetryableStepError, UncertainStepError
from playbooks.kinds.address import shown, web_address
from playbooks.toolbox import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.app.ports import Tracer
    from playbooks.toolbox import HttpRequest

BODY_BYTES: Final = 256 * 1024
JSON: Final[Mapping[str, str]] = {"Accept": "application/json"}
"""The headers of a request for JSON."""
REDIRECTS: Final = 5
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_USER_AGENT: Final = "tocsin-playbooks"
# The whole is bounded by the step's time; a connection that is not made is known to have done nothing.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=5.0)


def open_session() -> aiohttp.ClientSession:
    """A session whose connections are used once, so that no request is lost on one that just went away."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit=32),
        headers={"User-Agent": _USER_AGENT},
        cookie_jar=aiohttp.DummyCookieJar(),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the whole may take so many seconds, and of the answer at most so many bytes are read."""

    method: str
    url: str
    seconds: float
    most: int = BODY_BYTES
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, at most so many bytes of the body, and whether there were more."""

    status: int
    body: bytes
    charset: str
    cut: bool
    elapsed: float

    def text(self) -> str:
        """The body, decoded as the server says, else as UTF-8."""
        try:
            return self.body.decode(self.charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Web:
    """The client; `ticks` is a monotonic clock in seconds. Traces hold no address: it may hold anything."""

    session: aiohttp.ClientSession
    ticks: Callable[[], float]
    tracer: Tracer = NO_TRACES

    async def request(self, request: HttpRequest) -> HttpResponse:
        """See `Toolbox.http_request`."""
        headers = {str(name): str(value) for name, value in request.headers.items()}
        content = None
        if request.body is not None:
            content = json.dumps(request.body).encode()
            headers.setdefault("Content-Type", "application/json")
        if request.idempotency_key:
            headers["Idempotency-Key"] = request.idempotency_key
        method, seconds = request.method.upper(), request.timeout
        asked = Asked(method, request.url, seconds, headers=headers, content=content)
        answer = await self.fetch(asked)
        return HttpResponse(answer.status, answer.text(), answer.elapsed)

    async def fetch(self, asked: Asked) -> Answer:
        """Send it, following redirects of a GET.

        Raises:
            PermanentStepError: the address or a header cannot be used; nothing was sent.
            RetryableStepError: no connection; nothing was sent.
            UncertainStepError: it was sent, and the answer was lost.
        """
        with self.tracer.call(f"http {asked.method}", {"http.request.method": asked.method}) as span:
            answer = await self._following(asked)
            span.tell({"http.response.status_code": answer.status})
        return answer

    async def _following(self, asked: Asked) -> Answer:
        began, at = self.ticks(), _checked(asked.url)
        try:
            async with asyncio.timeout(asked.seconds):
                for _ in range(REDIRECTS + 1):
                    answer, location = await self._once(asked, at, began)
                    if asked.method != "GET" or location is None:
                        return answer
                    following = _checked(str(at.join(URL(location))))
                    if following.origin() != at.origin():
                        asked = replace(asked, headers={})
                    at = following
        except TimeoutError as error:
            late = f"{shown(str(at))} gave no answer within {asked.seconds:g} s"
            raise UncertainStepError(late) from error
        raise PermanentStepError(f"{shown(asked.url)} redirects more than {REDIRECTS} times")

    async def _once(self, asked: Asked, url: URL, began: float) -> tuple[Answer, str | None]:
        where = shown(str(url))
        try:
            async with self.session.request(
                asked.method,
                url,
                headers=asked.headers,
                data=asked.content,
                allow_redirects=False,
                timeout=_TIMEOUT,
            ) as response:
                body, cut = await _read(response, asked.most)
                charset = response.charset or "utf-8"
                answer = Answer(response.status, body, charset, cut, self.ticks() - began)
                location = response.headers.get("Location") if response.status in _REDIRECTING else None
                return answer, location
        except (aiohttp.InvalidURL, ValueError) as error:
            raise PermanentStepError(f"{where}: the address or a header cannot be used") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RetryableStepError(f"{where} cannot be reached ({type(error).__name__})") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UncertainStepError(f"{where}: the answer was lost ({type(error).__name__})") from error


async def _read(response: aiohttp.ClientResponse, most: int) -> tuple[bytes, bool]:
    """At most so many bytes; the rest is left unread."""
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) > most:
            return bytes(read[:most]), True
    return bytes(read), False


def _checked(url: str) -> URL:
    try:
        return URL(web_address(url))
    except ValueError as error:
        raise PermanentStepError("the address cannot be read") from error
