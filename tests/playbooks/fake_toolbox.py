"""A toolbox that answers from a script and remembers what it was asked; it keeps the protocol's promises."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playbooks.toolbox import HttpRequest, HttpResponse, Series

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(slots=True)
class FakeToolbox:
    """`series` and `responses` come back (an exception is raised); `posted` and `noted` are by key."""

    series: tuple[Series, ...] | Exception = ()
    responses: dict[str, HttpResponse | Exception] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    requests: list[HttpRequest] = field(default_factory=list)
    queries: list[tuple[str, str, datetime, datetime, timedelta]] = field(default_factory=list)
    posted: dict[str, str] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def query_metric(
        self, server: str, query: str, start: datetime, end: datetime, step: timedelta
    ) -> tuple[Series, ...]:
        """The scripted series."""
        self.queries.append((server, query, start, end, step))
        if isinstance(self.series, Exception):
            raise self.series
        return self.series

    async def http_request(self, request: HttpRequest) -> HttpResponse:
        """The scripted answer for the address, else 200."""
        self.requests.append(request)
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        answer = self.responses.get(request.url, HttpResponse(200))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def post_message(self, text: str, key: str) -> str:
        """Keep the first text of each key."""
        self.posted.setdefault(key, text)
        return f"ts-{list(self.posted).index(key)}"

    async def note(self, text: str, key: str) -> None:
        """Keep the first text of each key."""
        self.noted.setdefault(key, text)

    def secret(self, name: str) -> str | None:
        """The scripted secret."""
        return self.secrets.get(name)
