from __future__ import annotations

import asyncio

from bot.app.turns import in_turns


async def test_turns_follow_one_another_until_asked_to_stop() -> None:
    stop = asyncio.Event()
    taken: list[int] = []

    async def turn() -> float:
        taken.append(len(taken))
        if len(taken) == 3:
            stop.set()
        return 0.0 if len(taken) == 1 else 0.001

    await asyncio.wait_for(in_turns(turn, stop), 5)
    assert taken == [0, 1, 2]


async def test_a_long_pause_ends_when_asked_to_stop() -> None:
    stop, taken = asyncio.Event(), asyncio.Event()

    async def turn() -> float:
        taken.set()
        return 3_600.0

    running = asyncio.create_task(in_turns(turn, stop))
    await asyncio.wait_for(taken.wait(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)
