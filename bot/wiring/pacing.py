"""Looks up how often services are changed, at the start and every ten minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.app.turns import in_turns
from bot.domain.errors import TocsinError

if TYPE_CHECKING:
    import asyncio

    from bot.app.ports import Clock, Store
    from bot.wiring.in_force import InForce

LOOK_EVERY_S: Final = 600.0
AGAIN_AFTER_S: Final = 30.0
log: Final = structlog.get_logger(__name__)


class Pacing:
    """Keeps the paces of what is in force up to date; while the store is away, what was known counts."""

    def __init__(
        self,
        current: InForce,
        store: Store,
        clock: Clock,
        *,
        every: float = LOOK_EVERY_S,
        again: float = AGAIN_AFTER_S,
    ) -> None:
        self._current = current
        self._store = store
        self._clock = clock
        self._every = every
        self._again = again

    async def run(self, stop: asyncio.Event) -> None:
        """Look until asked to stop."""
        await in_turns(self._look, stop)

    async def _look(self) -> float:
        look_back = self._current.desks.policy.look_back_seconds
        try:
            async with self._store.singly() as uow:
                await self._current.paces.look(uow, self._clock(), look_back)
        except TocsinError as error:
            log.warning("the pace of changes could not be looked up", error=str(error))
            return self._again
        return self._every
