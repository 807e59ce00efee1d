"""What a step may ask of the world. The host implements it; the engine never touches it.

Every method may raise the three kinds of `StepFailedError`, and they are a promise: `PermanentStepError` and
`RetryableStepError` say that nothing was done, `UncertainStepError` that it may have been.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Series:
    """One time series: points are (time, value), oldest first; values are finite."""

    labels: Mapping[str, str]
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. A body that is not None is sent as JSON. Redirects of anything but GET are not followed.

    `headers` may hold secrets: they are neither logged nor repeated in an error. `idempotency_key` is sent as
    the header `Idempotency-Key`, where it is not empty.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    idempotency_key: str = ""
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, whatever its status; `body` holds at most the first 256 KiB, decoded."""

    status: int
    body: str = ""
    elapsed: float = 0.0


class Toolbox(Protocol):
    """The outside world of one incident."""

    async def query_metric(
        self, server: str, query: str, start: datetime, end: datetime, step: timedelta
    ) -> tuple[Series, ...]:
        """Range query in PromQL against the Prometheus at `server` (its base URL)."""

    async def http_request(self, request: HttpRequest) -> HttpResponse:
        """Send it, and give the answer. No connection is Retryable; a lost answer is Uncertain."""

    async def post_message(self, text: str, key: str) -> str:
        """Say `text` in the incident's channel, once for each `key`; gives a reference to the message.

        The text is plain with *bold* and line breaks; what the channel would take for a command or a mention
        is escaped by the toolbox.
        """

    async def note(self, text: str, key: str) -> None:
        """Add a line to the incident's timeline, once for each `key`."""

    def secret(self, name: str) -> str | None:
        """A secret of the installation, or None where it has none of that name."""
