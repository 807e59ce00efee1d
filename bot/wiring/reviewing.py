"""Considers what fires already under the rules in force: at the start, and after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.app.reconsidering import Reconsidering
from bot.app.turns import in_turns
from bot.domain.errors import TocsinError

if TYPE_CHECKING:
    import asyncio

    from bot.app.ports import Clock, Store
    from bot.domain.rules import RuleSet
    from bot.wiring.in_force import InForce

LOOK_EVERY_S: Final = 2.0
log: Final = structlog.get_logger(__name__)


class Reviewing:
    """Looks for rules that were not reviewed yet; a store that is away is asked again."""

    def __init__(self, current: InForce, store: Store, clock: Clock, *, every: float = LOOK_EVERY_S) -> None:
        self._current = current
        self._reconsidering = Reconsidering(store, clock)
        self._every = every
        self._reviewed: RuleSet | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until asked to stop."""
        await in_turns(self._look, stop)

    async def _look(self) -> float:
        rules = self._current.desks.configuration.rules
        if rules is not self._reviewed:
            try:
                await self._reconsidering.under(rules)
            except TocsinError as error:
                log.warning("alerts that fire were not considered under the new rules yet", error=str(error))
            else:
                self._reviewed = rules
        return self._every
