"""What a changed configuration changes for alerts that fire already."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.app.transactions import transact
from bot.domain.decisions import Outcome
from bot.domain.inhibition import CAUSE, sources_of
from bot.domain.openings import NOTHING_TO_JOIN
from bot.domain.quieting import QuietKind
from bot.domain.rules import labels_of
from bot.domain.suppression import INACTIVE, RESTING, TIMED, UNWANTED
from bot.domain.timer import Timer, TimerKind

if TYPE_CHECKING:
    from bot.app.ports import Clock, Store, UnitOfWork
    from bot.domain.alert import AlertKey
    from bot.domain.inhibition import Inhibitor
    from bot.domain.rules import RuleSet

AT_ONCE: Final = 1_000
_BY_RULES: Final = frozenset(
    {CAUSE, INACTIVE, RESTING, TIMED, UNWANTED, NOTHING_TO_JOIN, QuietKind.MAINTENANCE.value}
)
"""What rules keep quiet; silences are people's."""


@dataclass(frozen=True, slots=True)
class Reconsidering:
    """Finds anew which alerts inhibit others, and considers again what rules kept quiet."""

    store: Store
    clock: Clock

    async def under(self, rules: RuleSet) -> None:
        """From now on these rules count; doing it twice changes nothing.

        Raises:
            StoreUnavailableError, ConflictError: nothing was written; try again later.
        """
        await transact(self.store, partial(self._reconsider, rules))

    async def _reconsider(self, rules: RuleSet, uow: UnitOfWork) -> None:
        # Read before the alerts: whatever is entered from here on was entered under these rules.
        entered = await uow.board.inhibitors()
        wanted = await _firing_sources(rules, uow) if rules.inhibitions else {}
        outcome = Outcome()
        outcome.inhibiting = {place: None for place in entered if place not in wanted}
        outcome.inhibiting |= {place: one for place, one in wanted.items() if entered.get(place) != one}
        if outcome.inhibiting:
            await uow.board.save(outcome)
        causes = [cause for cause in await uow.board.causes() if cause.partition(":")[0] in _BY_RULES]
        await uow.timers.set([Timer(TimerKind.RECONSIDER, cause, self.clock()) for cause in causes])


async def _firing_sources(rules: RuleSet, uow: UnitOfWork) -> dict[tuple[str, AlertKey], Inhibitor]:
    """The source alerts that fire, by key and alert; looked for among all that fire, some at a time."""
    found: dict[tuple[str, AlertKey], Inhibitor] = {}
    after: AlertKey = ("", "")
    while firing := await uow.board.firing(after, AT_ONCE):
        for one in firing:
            for source in sources_of(one, labels_of(one), rules.inhibitions):
                found[source.key, source.alert] = source
        after = firing[-1].key
    return found
