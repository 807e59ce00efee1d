"""PostgreSQL as a whole: transactions with their repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractAsyncContextManager

    from bot.app.ports.deciding import Board, Changes, EventLog, Inbox, Past, Quiets, Rankings, Verdicts
    from bot.app.ports.records import ChatRecords, DeadLetters, Incidents, Runs
    from bot.app.ports.work import Outbox, Timers, Wake


class UnitOfWork(Protocol):
    """One transaction with its repositories; it commits when its block ends without an exception."""

    @property
    def inbox(self) -> Inbox:
        """What has been taken in."""

    @property
    def board(self) -> Board:
        """Alerts, groups and incidents, for deciding."""

    @property
    def quiets(self) -> Quiets:
        """Silences and maintenance windows."""

    @property
    def events(self) -> EventLog:
        """The events, for replay."""

    @property
    def past(self) -> Past:
        """What was decided."""

    @property
    def changes(self) -> Changes:
        """The changes."""

    @property
    def rankings(self) -> Rankings:
        """The suspects."""

    @property
    def verdicts(self) -> Verdicts:
        """What people say about the suspects."""

    @property
    def incidents(self) -> Incidents:
        """The incidents."""

    @property
    def chat(self) -> ChatRecords:
        """What we own in Slack."""

    @property
    def runs(self) -> Runs:
        """The playbook runs."""

    @property
    def outbox(self) -> Outbox:
        """The effects."""

    @property
    def timers(self) -> Timers:
        """The reminders."""

    @property
    def dead_letters(self) -> DeadLetters:
        """What could not be read."""


class Store(Protocol):
    """PostgreSQL."""

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction.

        Raises:
            StoreUnavailableError: the database cannot be reached or broke off; nothing was written.
            ConflictError: a serialisation failure or deadlock; nothing was written.
        """

    def singly(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """The repositories without a transaction: each statement sees what is committed, and commits.

        For reading, and for a write that is one statement.

        Raises:
            StoreUnavailableError, ConflictError: as `begin`.
        """

    async def check(self) -> None:
        """Make sure that the database answers and its schema is in our range.

        Raises:
            StoreUnavailableError: it does not, with the reason.
        """

    def wakes(self, kinds: Collection[str] = ()) -> AbstractAsyncContextManager[Wake]:
        """Subscribe to the news that the outbox holds work (LISTEN/NOTIFY); a slow poll backs it up.

        With `kinds`, only to work of these kinds.
        """
