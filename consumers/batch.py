"""One batch: decode, take in, and find out which record is to blame where it cannot be taken in.

Records that cannot be understood and records that can never be written become dead letters; a failure that
may pass is raised, so that the loop waits and tries again. A failure that nobody foresaw (an error of ours,
as a rule) counts as one that may pass for a few attempts, because an outage in disguise must not fill the
dead letter topic; and then as the record's, because one record must not hold up its partition for ever.
Nothing is committed here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import structlog

from bot.domain.errors import PermanentError, RetryableError
from consumers.dead_letters import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consumers.component import Component, Record

UNFORESEEN_ATTEMPTS: Final = 6
"""At the loop's pauses: some ten seconds."""
_AT_A_TIME: Final = 100
T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


class UnforeseenError(RetryableError):
    """The batch failed in a way that nobody foresaw."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Records of one poll, by partition, with what those say that can be understood."""

    by_partition: Mapping[Any, Sequence[Record]]
    understood: Sequence[tuple[Record, T]]
    not_understood: Sequence[tuple[Record, Exception]]

    def records(self) -> list[Record]:
        """All of them."""
        return [record for part in self.by_partition.values() for record in part]


async def decoded(component: Component[T], by_partition: Mapping[Any, Sequence[Record]]) -> Batch[T]:
    """Understand each record, or say why not; others have their turn in between."""
    understood: list[tuple[Record, T]] = []
    not_understood: list[tuple[Record, Exception]] = []
    for number, record in enumerate(record for part in by_partition.values() for record in part):
        if number % _AT_A_TIME == _AT_A_TIME - 1:
            # The batch before is with the database: its next statement shall not wait for this whole batch.
            await asyncio.sleep(0)
        try:
            understood.append((record, component.decode(record)))
        except Exception as error:  # noqa: BLE001 - it becomes a dead letter; decoding again gives the same
            not_understood.append((record, error))
    return Batch(by_partition, understood, not_understood)


async def take_in(component: Component[T], batch: Batch[T], attempts: int) -> list[DeadLetter]:
    """Take the batch in; gives those that never can be. What was taken in before is taken in as known.

    Raises:
        RetryableError: the store did not take it; all of it may be tried again.
    """
    letters = [DeadLetter(record, error, attempts) for record, error in batch.not_understood]
    await _bisect(component, batch.understood, attempts, letters)
    return letters


async def _bisect(
    component: Component[T], items: Sequence[tuple[Record, T]], attempts: int, letters: list[DeadLetter]
) -> None:
    if not items:
        return
    try:
        await component.handle([item for _, item in items])
    except RetryableError:
        raise
    except PermanentError as error:
        blame: Exception = error
    except Exception as error:
        log.exception("batch failed unforeseen", component=component.name, attempt=attempts)
        if attempts < UNFORESEEN_ATTEMPTS:
            raise UnforeseenError(type(error).__name__) from error
        blame = error
    else:
        return
    if len(items) == 1:
        letters.append(DeadLetter(items[0][0], blame, attempts))
        return
    middle = len(items) // 2
    await _bisect(component, items[:middle], attempts, letters)
    await _bisect(component, items[middle:], attempts, letters)
