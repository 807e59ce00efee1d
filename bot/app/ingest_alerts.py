"""A batch of alerts, taken in: decided on, written, ranked and turned into effects in one transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.app.known_groups import KnownGroups
from bot.app.ranking import evidence_of_new
from bot.app.spent import DECISIONS, RULES
from bot.app.transactions import transact
from bot.domain.consequences import COUNTS_WAIT, effects_of
from bot.domain.decide import decide
from bot.domain.decisions import MAY_BE_OF_OTHER_CAUSE, DecisionKind, Happening, Outcome
from bot.domain.opening_scope import opening_scope
from bot.domain.reranking import SETTLES, next_rerank
from bot.domain.suppression import inhibition_keys
from bot.domain.timer import Timer, TimerKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.app.ports import Clock, Ids, IncidentPolicy, Store, UnitOfWork
    from bot.app.ranking import Ranker
    from bot.domain.alert import AlertEvent
    from bot.domain.effects import Effect
    from bot.domain.rules import Routed, RuleSet

CONSUMER: Final = "alerts"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a batch: the decisions by kind (what was taken in before counts as a duplicate).

    `spent`: the seconds that went to rules, decisions and suspects, of this batch and of what ran beside it.
    """

    decisions: Mapping[DecisionKind, int]
    ranked: int = 0
    spent: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(slots=True)
class AlertIntake:
    """Takes in batches of alerts, one transaction each.

    Only under an environment's lock may an incident open there. Taking locks before anything is written
    keeps transactions from waiting in a circle, so a batch that turns out to need one begins again; one with
    a group that this process has not seen open takes it at once.
    """

    store: Store
    rules: RuleSet
    ranker: Ranker
    policy: IncidentPolicy
    clock: Clock
    ids: Ids
    _groups: KnownGroups = field(default_factory=KnownGroups, init=False)

    async def take_in(self, events: Sequence[AlertEvent]) -> TakenIn:
        """Take the batch in; events that were taken in before change nothing.

        Raises:
            StoreUnavailableError, ConflictError: nothing was written; try again later.
            PermanentError: an event of the batch can never be written.
        """
        batch: dict[str, Routed] = {}
        with self.ranker.spent.on(RULES):
            for event in events:
                if event.event_id not in batch:
                    batch[event.event_id] = self.rules.route(event)
        locks = self._groups.likely_locks(batch.values())
        while True:
            try:
                outcome, ranked = await transact(self.store, partial(self._once, batch, locks))
            except _LocksNeededError as missing:
                self._groups.forget(batch.values())
                locks |= missing.environments
            else:
                break
        self._groups.learn(batch, outcome.decisions)
        decisions = Counter(decision.kind for decision in outcome.decisions)
        decisions[DecisionKind.DUPLICATE] += len(events) - len(outcome.decisions)
        return TakenIn(decisions, ranked, self.ranker.spent.taken())

    async def _once(
        self, batch: Mapping[str, Routed], locks: frozenset[str], uow: UnitOfWork
    ) -> tuple[Outcome, int]:
        if locks:
            await uow.board.lock(locks)
        new = await uow.inbox.admit(CONSUMER, list(batch))
        routed = [one for event_id, one in batch.items() if event_id in new]
        if not routed:
            return Outcome(), 0
        catalog = self.ranker.catalog
        scope = opening_scope(routed, locks, self.rules, catalog) if locks else None
        snapshot = await uow.board.load(routed, scope, inhibition_keys(routed, self.rules))
        with self.ranker.spent.on(DECISIONS):
            outcome = decide(
                routed, snapshot, rules=self.rules, catalog=catalog, locked=locks, new_id=self.ids
            )
        if outcome.needs_lock:
            raise _LocksNeededError(frozenset(outcome.needs_lock))
        events = [one.event for one in routed]
        at = max(event.received_at for event in events)
        return outcome, await self.write(uow, outcome, events, at)

    async def write(
        self, uow: UnitOfWork, outcome: Outcome, events: Sequence[AlertEvent], at: datetime
    ) -> int:
        """Write what was decided about events at that time; gives how many incidents were ranked.

        The suspects of what has opened are weighed while the database writes.
        """
        opened = [one for one, happened in outcome.happened.items() if Happening.OPENED in happened]
        evidence = evidence_of_new(outcome, opened, at)
        candidates = await self.ranker.candidates(uow, evidence)
        weighing = asyncio.create_task(self.ranker.weigh(evidence, candidates))
        try:
            await uow.board.save(outcome)
            await uow.events.append(events, outcome.decisions)
            rankings = await weighing
        finally:
            weighing.cancel()
        cards = await self.ranker.keep(uow, rankings)
        grown = [one for one, happened in outcome.happened.items() if happened & MAY_BE_OF_OTHER_CAUSE]
        well = [one for one, happened in outcome.happened.items() if Happening.MONITORING in happened]
        if well:
            # That it got well says something where somebody rolled something back.
            grown += await uow.changes.rolled_back(well)
        cards += await self.ranker.rank(uow, sorted(set(grown) - set(opened)), at)
        await self._follow_up(uow, outcome, opened, cards)
        return len({*opened, *grown})

    async def _follow_up(
        self, uow: UnitOfWork, outcome: Outcome, opened: Sequence[str], cards: Sequence[Effect]
    ) -> None:
        """Enter the effects, the reminder of a silent Slack, and those of what has been put off."""
        await uow.outbox.add([*effects_of(outcome, self.rules, self.clock() + COUNTS_WAIT), *cards])
        overdue = self.clock() + timedelta(seconds=self.policy.page_when_slack_fails_seconds)
        silent = [Timer(TimerKind.CHANNEL_OVERDUE, one, overdue) for one in opened]
        reranks = [
            Timer(TimerKind.RERANK, one, due_at)
            for one in opened
            if (due_at := next_rerank(outcome.incidents[one].opened_at, self.clock())) is not None
        ]
        await uow.timers.set([*silent, *reranks, *map(self._paced, outcome.timers.values())])

    def _paced(self, timer: Timer) -> Timer:
        """What joined lately is weighed together also where alerts come late and all at once."""
        if timer.kind is not TimerKind.JOINED:
            return timer
        return replace(timer, due_at=max(timer.due_at, self.clock() + SETTLES))


class _LocksNeededError(Exception):
    """The batch opens incidents where no lock is held."""

    def __init__(self, environments: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(environments)))
        self.environments = environments
