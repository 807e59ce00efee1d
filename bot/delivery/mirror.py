"""Alertmanager's own silences, read again and again, and kept as ours are: what it keeps quiet we do too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.app.silences import is_mirrored, mirror
from bot.app.transactions import transact
from bot.app.turns import in_turns
from bot.domain.errors import InvalidInputError, RetryableError
from bot.ingest.silences import parse_silences

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.app.ports import Clock, Store, UnitOfWork
    from bot.domain.quieting import Quiet

log = structlog.get_logger(__name__)
EVERY_S: Final = 15.0
SETTLED: Final = timedelta(minutes=10)
"""How long a roll-out of a configuration to all processes takes at most, in the usual case."""


@dataclass(frozen=True, slots=True)
class MissingSecret:
    """The header that an Alertmanager asks for is not known."""

    name: str


if TYPE_CHECKING:
    Authorization = str | MissingSecret | None
    """A header; None where none is asked for."""


class ReadSilences(Protocol):
    """Asks one Alertmanager."""

    async def __call__(self, url: str, authorization: str | None, /) -> bytes:
        """The body of `GET /api/v2/silences`; `authorization` is the header to send, None without one.

        Raises:
            RetryableError: it did not answer, or not well.
        """


class SilenceMirror:
    """One for all Alertmanagers of the configuration; several processes may do it side by side.

    `sources` gives those that are configured now, each with the header that it asks for. While one does not
    answer, what it said last holds until the silences' own ends; what one said that is no longer configured
    ends: at once where this process has asked it, else after `SETTLED`, as others may be configured anew.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        read: ReadSilences,
        sources: Callable[[], Mapping[str, Authorization]],
        every: float = EVERY_S,
    ) -> None:
        self._store = store
        self._clock = clock
        self._read = read
        self._sources = sources
        self._every = every
        self._complained: dict[str, str] = {}
        """By URL, what was wrong the last time, of each that has been asked."""
        self._configured: frozenset[str] | None = None
        self._since = clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Mirror until `stop` is set."""
        await in_turns(self.turn, stop)

    async def turn(self) -> float:
        """Ask each of them once; one that is away leaves the others alone. Gives the pause after it."""
        sources = self._sources()
        for url, authorization in sources.items():
            await self._try(url, self._look(url, authorization))
        known = self._complained.keys() | await self._long_known(frozenset(sources))
        for url in sorted(known - sources.keys()):
            if await self._try(url, self._let_go(url)):
                del self._complained[url]
        return self._every

    async def _long_known(self, configured: frozenset[str]) -> set[str]:
        """All of which something is mirrored, now and then: some may have been taken out before we began."""
        now = self._clock()
        if configured != self._configured:
            self._configured, self._since = configured, now
        if now - self._since < SETTLED:
            return set()
        self._since = now
        try:
            async with self._store.singly() as uow:
                return {one.source for one in await uow.quiets.list(now) if is_mirrored(one)}
        except RetryableError as error:
            log.warning("silences cannot be tidied up", reason=str(error))
            return set()

    async def _try(self, url: str, work: Awaitable[list[str]]) -> bool:
        """Whether it went well; what did not is told, and neither ends delivery nor keeps the others."""
        try:
            problems = await work
        except (RetryableError, InvalidInputError) as error:
            problems = [str(error)]
        self._tell(url, "; ".join(problems[:3]))
        return not problems

    async def _look(self, url: str, authorization: Authorization) -> list[str]:
        """Keep what one says; gives what could not be read of it."""
        if isinstance(authorization, MissingSecret):
            return [f"TOCSIN_SECRET_{authorization.name.upper()} is not set"]
        seen, problems = parse_silences(await self._read(url, authorization), url)
        await self._keep(url, seen)
        return problems

    async def _let_go(self, url: str) -> list[str]:
        """End what one said that is no longer configured."""
        await self._keep(url, ())
        return []

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
