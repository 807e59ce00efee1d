"""Roles end when they are asked to, and take the process along when they end by themselves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.wiring.roles import Died, RoleEndedError, running
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def test_a_role_is_asked_to_stop_and_finishes() -> None:
    finished = []

    async def work(stop: asyncio.Event) -> None:
        await stop.wait()
        finished.append(True)

    died = Died()
    async with running("worker", work, died):
        assert finished == []
    assert finished == [True]
    assert died.error is None


async def test_a_role_that_fails_is_reported_with_its_error() -> None:
    async def work(_stop: asyncio.Event) -> None:
        raise ValueError("broken")

    died = Died()
    async with running("worker", work, died), asyncio.timeout(5):
        await died.wait()
    assert isinstance(died.error, ValueError)


@pytest.mark.parametrize("ending", ["returns", "is cancelled"])
async def test_a_role_that_just_ends_is_an_error_too(ending: str) -> None:
    async def work(_stop: asyncio.Event) -> None:
        if ending == "is cancelled":
            raise asyncio.CancelledError

    died = Died()
    async with running("worker", work, died), asyncio.timeout(5):
        await died.wait()
    assert isinstance(died.error, RoleEndedError)
    assert "worker" in str(died.error)


async def test_the_first_error_counts() -> None:
    first, second = asyncio.Event(), asyncio.Event()

    def failing(when: asyncio.Event, text: str) -> Callable[[asyncio.Event], Awaitable[None]]:
        async def work(_stop: asyncio.Event) -> None:
            await when.wait()
            raise ValueError(text)

        return work

    died = Died()
    async with running("a", failing(first, "a"), died), running("b", failing(second, "b"), died):
        first.set()
        await died.wait()
        second.set()
        await asyncio.sleep(0)
    assert str(died.error) == "a"


async def test_a_role_that_does_not_stop_is_cancelled() -> None:
    cancelled = []

    async def work(_stop: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async with running("worker", work, Died(), within=0.01):
        await asyncio.sleep(0)
    await eventually(lambda: cancelled == [True])


async def test_a_failure_while_stopping_does_not_hide_what_comes_after() -> None:
    async def work(stop: asyncio.Event) -> None:
        await stop.wait()
        raise ValueError("broken at the end")

    died = Died()
    async with running("worker", work, died):
        pass
    assert died.error is None


async def test_the_body_s_error_passes_and_the_role_is_stopped() -> None:
    stopped = []

    async def work(stop: asyncio.Event) -> None:
        await stop.wait()
        stopped.append(True)

    with pytest.raises(KeyError):
        async with running("worker", work, Died()):
            raise KeyError
    assert stopped == [True]
