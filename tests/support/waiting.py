"""Bounded waiting: a condition is polled until it holds; nothing sleeps for a fixed time."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EVERY_S = 0.02
T = TypeVar("T")


class NeverHappenedError(AssertionError):
    """A condition did not hold within its bound."""


def wait_until(condition: Callable[[], T], *, within: float, what: str) -> T:
    """Poll until `condition()` is true and return what it gave.

    Raises:
        NeverHappenedError: it stayed false for `within` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise NeverHappenedError(f"not within {within} s: {what}")
        time.sleep(EVERY_S)


@overload
async def eventually(condition: Callable[[], Awaitable[T]], *, within: float = ..., what: str = ...) -> T: ...


@overload
async def eventually(condition: Callable[[], T], *, within: float = ..., what: str = ...) -> T: ...


async def eventually(
    condition: Callable[[], Any], *, within: float = 10.0, what: str = "the condition"
) -> Any:
    """Poll until `condition()`, plain or awaitable, is true and return what it gave.

    Raises:
        NeverHappenedError: it stayed false for `within` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        given = condition()
        value = await given if inspect.isawaitable(given) else given
        if value:
            return value
        if time.monotonic() > deadline:
            raise NeverHappenedError(f"not within {within} s: {what}")
        await asyncio.sleep(EVERY_S)
