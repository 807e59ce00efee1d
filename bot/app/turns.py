"""Work that is done again and again until it is asked to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def in_turns(turn: Callable[[], Awaitable[float]], stop: asyncio.Event) -> None:
    """Take turns until `stop` is set; each says after how many seconds the next one follows."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            pause = await turn()
            if pause:
                await asyncio.wait({stopping}, timeout=pause)
    finally:
        stopping.cancel()
