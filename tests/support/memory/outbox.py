"""The fake outbox and timers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.app.ports import ClaimedEffect, ClaimedTimer
from tests.support.memory.state import EffectRow, TimerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.domain.effects import Effect, EffectKind
    from bot.domain.timer import Timer, TimerKind
    from tests.support.memory.state import State


class MemoryOutbox:
    def __init__(
        self,
        state: State,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        origin: Callable[[], str | None],
    ) -> None:
        self._state = state
        self._clock = clock
        self._origin = origin
        self._wake = wake

    async def add(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            rows = self._state.outbox
            merges = [
                row
                for row in rows
                if row.state == "waiting" and effect.coalesce and row.effect.coalesce == effect.coalesce
            ]
            for row in merges:
                if row.due_at is not None and (effect.due_at is None or effect.due_at < row.due_at):
                    row.due_at = effect.due_at
            if not merges and all(row.effect.key != effect.key for row in rows):
                row = EffectRow(len(rows) + 1, effect, self._clock(), due_at=effect.due_at)
                row.traceparent = self._origin()
                rows.append(row)
        self._wake()

    async def claim(
        self, worker: str, now: datetime, lease: timedelta, limit: int, kinds: Collection[EffectKind] | None
    ) -> list[ClaimedEffect]:
        heads: dict[str, EffectRow] = {}
        for row in self._state.outbox:
            if row.live:
                heads.setdefault(row.effect.lane, row)
        due = [
            row
            for row in heads.values()
            if (row.due_at is None or row.due_at <= now)
            and (row.state != "leased" or row.lease_until is None or row.lease_until <= now)
            and (kinds is None or row.effect.kind in kinds)
        ]
        return [self._lease(row, now, lease) for row in sorted(due, key=lambda row: row.id)[:limit]]

    @staticmethod
    def _lease(row: EffectRow, now: datetime, lease: timedelta) -> ClaimedEffect:
        if row.state == "leased":
            row.uncertain_since = row.uncertain_since or row.leased_at
        row.state, row.leased_at, row.lease_until = "leased", now, now + lease
        row.attempt += 1
        row.fence += 1
        effect = replace(row.effect, due_at=row.due_at)
        return ClaimedEffect(
            str(row.id),
            effect,
            row.attempt,
            row.fence,
            row.created_at,
            row.uncertain_since,
            row.failing_since,
            now + lease,
            row.traceparent,
        )

    def _held(self, claimed: ClaimedEffect) -> EffectRow | None:
        row = self._state.outbox[int(claimed.id) - 1]
        return row if row.fence == claimed.fence and row.state == "leased" else None

    async def renew(self, claimed: ClaimedEffect, now: datetime, lease: timedelta) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.lease_until = now + lease
        return row is not None

    async def done(self, claimed: ClaimedEffect, now: datetime, result: Mapping[str, Any]) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.state, row.result, row.error = "done", dict(result), None
            row.uncertain_since = row.failing_since = None
            self._wake()
        return row is not None

    async def again(
        self, claimed: ClaimedEffect, now: datetime, due_at: datetime, error: str, *, uncertain: bool
    ) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.state, row.due_at, row.error = "retry", due_at, error
            row.failing_since = row.failing_since or now
            if uncertain:
                row.uncertain_since = row.uncertain_since or row.leased_at
        return row is not None

    async def dead(self, claimed: ClaimedEffect, now: datetime, error: str) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.state, row.error = "dead", error
            self._wake()
        return row is not None

    async def waiting(self) -> int:
        return sum(row.live for row in self._state.outbox)


class MemoryTimers:
    def __init__(self, state: State) -> None:
        self._state = state

    async def set(self, timers: Iterable[Timer]) -> None:
        for timer in timers:
            known = self._state.timers.get((timer.kind, timer.subject))
            if known is None or timer.generation >= known.timer.generation:
                fence = known.fence + 1 if known else 0
                standing = known.timer if known else None
                self._state.timers[timer.kind, timer.subject] = TimerRow(timer.over(standing), fence)

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> list[ClaimedTimer]:
        due = [
            row
            for row in self._state.timers.values()
            if row.timer.due_at <= now and (row.lease_until is None or row.lease_until <= now)
        ]
        claimed = sorted(due, key=lambda row: row.timer.order)[:limit]
        for row in claimed:
            row.fence += 1
            row.lease_until = now + lease
        return [ClaimedTimer(row.timer, row.fence) for row in claimed]

    async def done(self, claimed: ClaimedTimer) -> bool:
        key = (claimed.timer.kind, claimed.timer.subject)
        row = self._state.timers.get(key)
        if row is None or row.fence != claimed.fence or row.timer.generation != claimed.timer.generation:
            return False
        del self._state.timers[key]
        return True

    async def rest(self, claimed: ClaimedTimer, until: datetime) -> None:
        row = self._state.timers.get((claimed.timer.kind, claimed.timer.subject))
        if row is not None and row.fence == claimed.fence:
            row.lease_until = until

    async def cancel(self, kind: TimerKind, subject: str) -> None:
        self._state.timers.pop((kind, subject), None)
