from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.fakes import Web, a_view, deps, start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.web.deps import WebDeps


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[WebDeps], Awaitable[Web]]]:
    """Starts the application over given dependencies."""
    running: list[Web] = []

    async def begin(given: WebDeps) -> Web:
        running.append(await start(given))
        return running[-1]

    yield begin
    for one in running:
        await one.client.close()


@pytest.fixture
async def web(serve: Callable[[WebDeps], Awaitable[Web]]) -> Web:
    """The application with both tokens set and one incident."""
    return await serve(deps(a_view()))
