"""Reminders: claimed when they are due, under a lease and a fence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import ClaimedTimer
from bot.domain.timer import SOONEST, Timer, TimerKind
from bot.store.gathered import Write, columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from bot.store.session import Session

# A replaced timer keeps its fence growing, so that whoever holds the old one cannot end the new one. As long
# as it is there nobody has looked yet, so of looks that were asked for the soonest stands (`Timer.over`).
_SET: Final = Write(
    "timed",
    f"""
    INSERT INTO timers AS t (kind, subject, generation, due_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[])
    ON CONFLICT (kind, subject) DO UPDATE SET
        generation = excluded.generation, lease_until = NULL, fence = t.fence + 1,
        due_at = CASE WHEN t.kind IN ({", ".join(f"'{kind}'" for kind in sorted(SOONEST))})
                 THEN least(t.due_at, excluded.due_at) ELSE excluded.due_at END
    WHERE excluded.generation >= t.generation
    RETURNING 1
    """,
    4,
)
_CLAIM: Final = """
    UPDATE timers t SET lease_until = $1::timestamptz + $2::interval, fence = t.fence + 1
    FROM (
        SELECT kind, subject FROM timers
        WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) AND kind = ANY($4)
        ORDER BY due_at, kind COLLATE "C", subject COLLATE "C" LIMIT $3 FOR UPDATE SKIP LOCKED
    ) due
    WHERE t.kind = due.kind AND t.subject = due.subject
    RETURNING t.kind, t.subject, t.generation, t.due_at, t.fence
"""
_REST: Final = """
    UPDATE timers SET lease_until = $5 WHERE kind = $1 AND subject = $2 AND generation = $3 AND fence = $4
"""
_DONE: Final = "DELETE FROM timers WHERE kind = $1 AND subject = $2 AND generation = $3 AND fence = $4"


class TimerTable:
    """The `Timers` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def set(self, timers: Iterable[Timer]) -> None:
        """Enter timers; a newer generation of the same kind and subject replaces the older.

        The same generation may move its due time; an older one changes nothing.
        """
        newest: dict[tuple[str, str], Timer] = {}
        for timer in timers:
            known = newest.get((timer.kind, timer.subject))
            if known is None or timer.generation >= known.generation:
                newest[timer.kind, timer.subject] = timer.over(known)
        if not newest:
            return
        rows = [newest[key] for key in sorted(newest)]
        await self._session.put(
            _SET, columns((one.kind, one.subject, one.generation, one.due_at) for one in rows)
        )

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> list[ClaimedTimer]:
        """Take timers that are due, the longest due first; kinds of a newer version are left to that."""
        rows = await self._session.fetch(_CLAIM, now, lease, limit, [kind.value for kind in TimerKind])
        claimed = [
            ClaimedTimer(
                Timer(TimerKind(row["kind"]), row["subject"], row["due_at"], row["generation"]), row["fence"]
            )
            for row in rows
        ]
        return sorted(claimed, key=lambda one: one.timer.order)

    async def done(self, claimed: ClaimedTimer) -> bool:
        """It was dealt with; false where the lease was lost or a newer generation is set."""
        timer = claimed.timer
        status = await self._session.execute(
            _DONE, timer.kind, timer.subject, timer.generation, claimed.fence
        )
        return bool(status == "DELETE 1")

    async def rest(self, claimed: ClaimedTimer, until: datetime) -> None:
        """Leave it alone until then; where the lease was lost that is somebody else's to say."""
        timer = claimed.timer
        await self._session.execute(_REST, timer.kind, timer.subject, timer.generation, claimed.fence, until)

    async def cancel(self, kind: TimerKind, subject: str) -> None:
        """Forget a timer."""
        await self._session.execute("DELETE FROM timers WHERE kind = $1 AND subject = $2", kind, subject)
