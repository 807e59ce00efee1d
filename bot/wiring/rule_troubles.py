"""Says that a rule is left out because its condition is slow: in the log, and to whoever answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.app.transactions import transact
from bot.app.turns import in_turns
from bot.domain.effects import tell
from bot.domain.errors import TocsinError

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from bot.app.ports import Store, UnitOfWork
    from bot.domain.effects import Effect
    from bot.wiring.in_force import InForce

POLL_S: Final = 5.0
log: Final = structlog.get_logger(__name__)


class RuleTroubles:
    """Looks at the records of this process's rules; each rest is told once, and to the owners once a day."""

    def __init__(self, current: InForce, store: Store, *, poll: float = POLL_S) -> None:
        self._current = current
        self._store = store
        self._poll = poll
        self._known: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Look until asked to stop."""
        await in_turns(self._look, stop)

    async def _look(self) -> float:
        configuration = self._current.desks.configuration
        owners = configuration.installation.owners
        effects: list[Effect] = []
        told: dict[str, datetime] = {}
        for rule in configuration.rules.rules:
            record = configuration.rules.watch[rule.name]
            until = record.rests_until
            if until is None or self._known.get(rule.name) == until:
                continue
            told[rule.name] = until
            log.warning("rule rests", rule=rule.name, why=record.resting, until=until.isoformat())
            text = f"Rule {rule.name} is left out until {until:%H:%M} UTC: {record.resting}."
            cause = f"rule:{rule.name}:{until:%Y-%m-%d}"
            effects += [tell(owner, text, cause) for owner in (rule.owners or owners)]
        if not effects or await self._tell(effects):
            self._known |= told
        return self._poll

    async def _tell(self, effects: list[Effect]) -> bool:
        """Whether it could be told; else the next look tries again."""

        async def work(uow: UnitOfWork) -> None:
            await uow.outbox.add(effects)

        try:
            await transact(self._store, work)
        except TocsinError as error:
            log.warning("the owners could not be told", error=str(error))
            return False
        return True
