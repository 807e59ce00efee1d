"""A batch of changes, taken in: kept, and the open incidents that they could explain ranked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from bot.app.silences import put
from bot.app.transactions import transact
from bot.domain.alert import instant
from bot.domain.change import standing
from bot.domain.explainable import told
from bot.domain.reranking import rerank_after_rollback
from bot.domain.timer import Timer, TimerKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.app.ports import Store, UnitOfWork
    from bot.app.ranking import Ranker
    from bot.domain.change import Change
    from bot.domain.maintenance import MaintenancePolicy

CONSUMER: Final = "changes"


@dataclass(frozen=True, slots=True)
class ChangeIntake:
    """Takes in batches of changes, one transaction each."""

    store: Store
    ranker: Ranker
    maintenance: MaintenancePolicy

    async def take_in(self, changes: Sequence[Change]) -> int:
        """Take the batch in; gives how many were new. A late change ranks open incidents again.

        Raises:
            StoreUnavailableError, ConflictError: nothing was written; try again later.
            PermanentError: a change of the batch can never be written.
        """
        statements = {statement_identity(change): change for change in changes}

        async def work(uow: UnitOfWork) -> int:
            return await self._once(uow, statements)

        return await transact(self.store, work)

    async def _once(self, uow: UnitOfWork, statements: Mapping[str, Change]) -> int:
        new = await uow.inbox.admit(CONSUMER, list(statements))
        if not new:
            return 0
        changes = [change for identity, change in statements.items() if identity in new]
        known = await uow.changes.known(changes)
        await uow.changes.add(changes)
        stands = standing(changes, known)
        quiets = [quiet for one in stands if (quiet := self.maintenance.window_of(one)) is not None]
        if quiets:
            await put(uow, quiets)
        look_back = timedelta(seconds=self.ranker.parameters.look_back)
        skew = timedelta(seconds=self.ranker.parameters.skew)
        news = [
            one
            for change in changes
            for one in told(change, known.get((change.source, change.change_id)), self.ranker.catalog)
        ]
        incidents = await uow.changes.explainable(news, look_back, skew)
        at = max(change.received_at for change in changes)
        await uow.outbox.add(await self.ranker.rank(uow, incidents, at))
        if any(change.undoes for change in changes):
            await uow.timers.set([await self._look_again(uow, one, at) for one in incidents])
        return len(changes)

    async def _look_again(self, uow: UnitOfWork, incident_id: str, at: datetime) -> Timer:
        """The reminder to see whether a rollback has helped."""
        incident = await uow.incidents.get(incident_id)
        return Timer(TimerKind.RERANK, incident_id, rerank_after_rollback(incident.opened_at, at))


def statement_identity(change: Change) -> str:
    """Name what is said about a change: 32 hex digits, another for a corrected statement."""
    texts = (
        *(change.source, change.change_id, change.kind, change.service, change.environment),
        *(instant(change.time), change.summary, change.version, change.previous_version),
        *(change.author, change.url),
        *(instant(change.ended_at) if change.ended_at else "", "maintenance" if change.maintenance else ""),
        *(f"{name}\x01{value}" for name, value in sorted(change.scope.items())),
        change.rolls_back,
        *("\x01".join((instant(wave.time), str(wave.share), *wave.targets)) for wave in change.waves),
    )
    return sha256("\x00".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
