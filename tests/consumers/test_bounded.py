from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import BrokerUnavailableError
from consumers import bounded as bounded_module
from consumers.bounded import bounded


async def answer() -> int:
    await asyncio.sleep(0)
    return 7


async def test_what_answers_in_time_is_given() -> None:
    assert await bounded(answer(), 1, "poll") == 7


@pytest.mark.parametrize(
    "error", [OSError("gone"), AssertionError("within the library"), TimeoutError("slow")]
)
async def test_whatever_the_library_raises_is_a_broker_that_is_not_available(error: Exception) -> None:
    async def fail() -> None:
        raise error

    with pytest.raises(BrokerUnavailableError, match=f"poll: {type(error).__name__}: {error}") as raised:
        await bounded(fail(), 1, "poll")
    assert raised.value.__cause__ is error


async def test_a_leaked_cancellation_is_a_failure_even_when_we_are_cancelled_later() -> None:
    async def leak() -> None:
        raise asyncio.CancelledError

    with pytest.raises(BrokerUnavailableError, match="cancelled by the client library"):
        await bounded(leak(), 1, "stop")


async def test_a_call_that_swallows_its_cancellation_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_module, "_LET_GO_S", 0.01)
    go_on = asyncio.Event()
    swallowed: list[str] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.append("once")
        await go_on.wait()
        raise OSError("nobody's news")

    with pytest.raises(BrokerUnavailableError, match=r"stop: no answer within 0\.01 s"):
        await bounded(stubborn(), 0.01, "stop")
    assert swallowed == ["once"]
    go_on.set()
    await asyncio.sleep(0)


async def test_a_cancellation_of_ours_ends_the_call_too() -> None:
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(bounded(wait(), 10, "poll"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
