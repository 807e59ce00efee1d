"""Alerts that were put off, decided about when their timer rings, and written as a batch of alerts is."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import NotFoundError
from bot.domain.opening_scope import opening_scope
from bot.domain.reranking import AFTER_QUIET, next_look
from bot.domain.suppression import inhibition_keys
from bot.domain.timer import DECIDING, Timer, TimerKind
from bot.domain.waking import again, incident_of, ring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.app.ingest_alerts import AlertIntake
    from bot.app.ports import UnitOfWork
    from bot.domain.alert import Occurrence

AT_ONCE: Final = 250
"""So many that wait are decided about in one transaction; of more, some would end meanwhile, and undo it."""


@dataclass(frozen=True, slots=True)
class Waking:
    """Over the intake's rules, as they are when the timer rings."""

    intake: AlertIntake

    async def lock(self, uow: UnitOfWork, timer: Timer) -> None:
        """Take the lock of the incident, or of the environments where something may open or be joined."""
        if timer.kind not in DECIDING:
            with contextlib.suppress(NotFoundError):
                await uow.incidents.get(timer.subject, lock=True)
            return
        environments = await uow.board.environments(timer)
        if environments:
            await uow.board.lock(environments)

    async def ring(self, uow: UnitOfWork, timer: Timer) -> None:
        """Decide, and write what was decided; what is more than one turn's work rings again.

        Raises:
            NotFoundError: the incident that it is about is not there.
            ConflictError: somebody else has changed what it is about.
        """
        at = self.intake.clock()
        after: Occurrence | None = None
        while True:
            about = await uow.board.concerned(timer, AT_ONCE, after)
            decided = await self._decide(uow, timer, about, at)
            if len(about) < AT_ONCE:
                return
            if decided:
                await uow.timers.set([Timer(timer.kind, timer.subject, at)])
                return
            after = about[-1]  # of these nothing is new, of those that come after them something may be

    async def _decide(self, uow: UnitOfWork, timer: Timer, about: Sequence[Occurrence], at: datetime) -> int:
        intake, rules, catalog = self.intake, self.intake.rules, self.intake.ranker.catalog
        routed = [rules.route_again(again(one, at)) for one in about]
        scope = opening_scope(routed, {one.environment for one in about}, rules, catalog)
        snapshot = await uow.board.load(routed, scope, inhibition_keys(routed, rules))
        incident_id = incident_of(timer)
        if incident_id is not None:
            snapshot.incidents[incident_id] = await uow.incidents.get(incident_id)
        outcome = ring(timer, routed, snapshot, rules=rules, catalog=catalog, new_id=intake.ids, at=at)
        asked = {one.event.event_id: one for one in routed}
        decided = [asked[one.event_id] for one in outcome.decisions]
        rules.count(decided)
        await intake.write(uow, outcome, [one.event for one in decided], at)
        return len(outcome.decisions)

    async def rerank(self, uow: UnitOfWork, timer: Timer) -> None:
        """Weigh the suspects of an open incident again: what joined it is evidence, or what has stayed quiet.

        Raises:
            NotFoundError: the incident is not there.
        """
        incident, at = await uow.incidents.get(timer.subject), self.intake.clock()
        if not incident.is_open:
            return
        if timer.kind is TimerKind.JOINED:
            # Who reads late does not know yet who is quiet.
            at = min(at, incident.last_alert_at + AFTER_QUIET)
        await uow.outbox.add(await self.intake.ranker.rank(uow, [incident.id], at))
        if timer.kind is TimerKind.JOINED:
            return
        rolled_back = bool(await uow.changes.rolled_back([incident.id]))
        following = next_look(incident.opened_at, at, rolled_back=rolled_back)
        if following is not None:
            await uow.timers.set([Timer(TimerKind.RERANK, incident.id, following)])
