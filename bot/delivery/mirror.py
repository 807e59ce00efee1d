"""Alertmanager's own silences, read again and again, and kept as ours are: what it keeps quiet we do too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.app.silences import mirror
from bot.app.transactions import transact
from bot.app.turns import in_turns
from bot.domain.errors import InvalidInputError, RetryableError
from bot.ingest.silences import parse_silences

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from bot.app.ports import Clock, Store, UnitOfWork
    from bot.domain.quieting import Quiet

log = structlog.get_logger(__name__)
EVERY_S: Final = 15.0


class ReadSilences(Protocol):
    """Asks one Alertmanager."""

    async def __call__(self, url: str) -> bytes:
        """The body of `GET /api/v2/silences`.

        Raises:
            RetryableError: it did not answer, or not well.
        """


class SilenceMirror:
    """One for all Alertmanagers of the configuration; several processes may do it side by side.

    While an Alertmanager does not answer, what it said last holds until the silences' own ends.
    """

    def __init__(
        self, store: Store, clock: Clock, read: ReadSilences, urls: Sequence[str], every: float = EVERY_S
    ) -> None:
        self._store = store
        self._clock = clock
        self._read = read
        self._urls = urls
        self._every = every
        self._complained: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Mirror until `stop` is set."""
        await in_turns(self.turn, stop)

    async def turn(self) -> float:
        """Ask each of them once; one that is away leaves the others alone. Gives the pause after it."""
        for url in self._urls:
            try:
                seen, problems = parse_silences(await self._read(url), url)
                await self._keep(url, seen)
            except (RetryableError, InvalidInputError) as error:
                problems = [str(error)]
            self._tell(url, "; ".join(problems[:3]))
        return self._every

    async def _keep(self, url: str, seen: Sequence[Quiet]) -> None:
        async def work(uow: UnitOfWork) -> int:
            return await mirror(uow, url, seen, self._clock())

        changed = await transact(self._store, work)
        if changed:
            log.info("silences mirrored", alertmanager=url, changed=changed)

    def _tell(self, url: str, problem: str) -> None:
        """Say what is new, not the same every few seconds."""
        if problem and self._complained.get(url) != problem:
            log.warning("silences cannot be read", alertmanager=url, reason=problem)
        self._complained[url] = problem
