from __future__ import annotations

import asyncio

import pytest
import structlog

from bot.app.turns import in_turns
from bot.domain.errors import SchemaError


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


async def test_a_failure_that_nobody_foresaw_costs_its_turn_alone() -> None:
    stop = asyncio.Event()
    taken: list[int] = []

    async def turn() -> float:
        taken.append(len(taken))
        if len(taken) == 1:
            raise ValueError("a bug")
        stop.set()
        return 0.0

    with structlog.testing.capture_logs() as logs:
        await asyncio.wait_for(in_turns(turn, stop, after_failure_s=0.001), 5)
    assert (taken, [one["event"] for one in logs]) == ([0, 1], ["a turn failed unforeseen"])


async def test_a_schema_that_is_not_ours_ends_the_turns() -> None:
    async def turn() -> float:
        raise SchemaError("too new")

    with pytest.raises(SchemaError):
        await asyncio.wait_for(in_turns(turn, asyncio.Event()), 5)
