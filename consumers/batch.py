"""One batch: decode, take in, and find out which record is to blame where it cannot be taken in.

Records that cannot be understood and records that can never be written become dead letters; a failure that
may pass is raised, so that the loop waits and tries again. Nothing is committed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bot.domain.errors import PermanentError
from consumers.dead_letters import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consumers.component import Component, Record

T = TypeVar("T")


async def take_in(component: Component[T], records: Sequence[Record], attempts: int) -> list[DeadLetter]:
    """Take the records in; gives those that never can be. What was taken in before is taken in as known.

    Raises:
        RetryableError: the store did not take it; all of it may be tried again.
    """
    letters: list[DeadLetter] = []
    good: list[tuple[Record, T]] = []
    for record in records:
        try:
            good.append((record, component.decode(record)))
        except PermanentError as error:
            letters.append(DeadLetter(record, error, attempts))
    await _bisect(component, good, attempts, letters)
    return letters


async def _bisect(
    component: Component[T], items: list[tuple[Record, T]], attempts: int, letters: list[DeadLetter]
) -> None:
    if not items:
        return
    try:
        await component.handle([item for _, item in items])
    except PermanentError as error:
        if len(items) == 1:
            letters.append(DeadLetter(items[0][0], error, attempts))
            return
        middle = len(items) // 2
        await _bisect(component, items[:middle], attempts, letters)
        await _bisect(component, items[middle:], attempts, letters)
