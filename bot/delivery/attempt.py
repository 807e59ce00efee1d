"""What a handler is told about an effect, what it gives back, and the errors that are delivery's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from bot.domain.errors import PermanentError, TocsinError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import ClaimedEffect, UnitOfWork

Record = Callable[["UnitOfWork"], Awaitable[None]]
Renew = Callable[["UnitOfWork"], Awaitable[bool]]


class LeaseLostError(TocsinError):
    """Another worker has the effect by now."""


class NoChannelError(PermanentError):
    """The incident has no channel, since it could not be opened."""


async def nothing_to_record(_uow: UnitOfWork) -> None:
    """What a handler without rows of its own records."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at an effect, begun at `now`; `renew` says in a transaction if it is still ours."""

    claimed: ClaimedEffect
    now: datetime
    renew: Renew

    @property
    def key(self) -> str:
        """The effect's key."""
        return self.claimed.effect.key

    @property
    def payload(self) -> Mapping[str, Any]:
        """The effect's payload."""
        return self.claimed.effect.payload

    @property
    def begins(self) -> bool:
        """Whether nothing of its lane can have been done, by it or by anything before it."""
        return self.claimed.effect.first and self.claimed.attempt == 1

    @property
    def uncertain_since(self) -> datetime | None:
        """Since when an earlier attempt may have acted; None where none has."""
        return self.claimed.uncertain_since

    @property
    def incident_id(self) -> str:
        """The effect's incident.

        Raises:
            PermanentError: it has none, and its kind needs one.
        """
        if self.claimed.effect.incident_id is None:
            raise PermanentError(f"the effect {self.key} names no incident")
        return self.claimed.effect.incident_id


@dataclass(frozen=True, slots=True)
class Handled:
    """It happened. `record` writes our rows in the transaction that ends the effect, under its fence."""

    result: Mapping[str, Any] = field(default_factory=dict)
    record: Record = nothing_to_record


class Handler(Protocol):
    """Does the effects of one kind; its module says what makes it safe to repeat."""

    async def __call__(self, attempt: Attempt, /) -> Handled:
        """Do it.

        Raises:
            RetryableError: it may work later.
            PermanentError: it never will.
        """
