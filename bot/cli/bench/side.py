"""One side of `bench latency`: a process that takes webhooks, and what was sent to it when."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.cli.ending import end
from bot.domain.errors import RemoteUnavailableError
from bot.wiring.serving import address_of, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.cli.bench.steady import Flow

READY_WITHIN_S: Final = 60.0
_STOP_WITHIN_S: Final = 20.0
_ACCEPTED: Final = 202
_POLL_S: Final = 0.05


@dataclass(slots=True)
class Side:
    """`address` gives the URL for a body that starts the group of this name (empty: none).

    `sent` holds, by group, when its first alert was posted (seconds of the monotonic clock).
    """

    flow: Flow
    address: Callable[[str], str]
    session: aiohttp.ClientSession
    sent: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    async def play(self, groups: int, per_s: float, one_more: Callable[[], None]) -> None:
        """Post at an even pace until so many new groups were started; late answers do not slow the pace.

        Raises:
            RemoteUnavailableError: something was not accepted.
        """
        first = time.monotonic()
        async with asyncio.TaskGroup() as posts:
            for number in range(groups * self.flow.every):
                await asyncio.sleep(max(0.0, first + number / per_s - time.monotonic()))
                group, body = self.flow.next()
                posts.create_task(self._post(group, body))
                if group:
                    one_more()
        if self.refused:
            raise RemoteUnavailableError(f"{len(self.refused)} refused, at first: {self.refused[0]}")

    async def _post(self, group: str, body: dict[str, Any]) -> None:
        if group:
            self.sent[group] = time.monotonic()
        async with self.session.post(self.address(group), json=body) as response:
            if response.status != _ACCEPTED:
                self.refused.append(f"{response.status} {(await response.text())[:200]}")


@contextlib.asynccontextmanager
async def served(
    name: str, work: Callable[..., None], *arguments: Any, session: aiohttp.ClientSession
) -> AsyncIterator[str]:
    """Run `work(*arguments, listener)` in a process of its own while the block runs; gives its address.

    Raises:
        RemoteUnavailableError: it did not become ready.
    """
    listener = listen("127.0.0.1", 0, "nothing")
    url = address_of(listener)
    process = multiprocessing.get_context("spawn").Process(
        target=work, args=(*arguments, listener), name=name, daemon=True
    )
    process.start()
    listener.close()
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while not await _ready(session, f"{url}/readyz"):
            if not process.is_alive() or time.monotonic() > deadline:
                raise RemoteUnavailableError(f"the process of {name} did not become ready")
            await asyncio.sleep(_POLL_S)
        yield url
    finally:
        await asyncio.to_thread(end, process, _STOP_WITHIN_S)


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.ok
    except (aiohttp.ClientError, TimeoutError):
        return False
