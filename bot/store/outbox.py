"""Effects that wait, are being worked on, or are over.

States: `waiting` (never tried; the only one that coalesces), `leased`, `retry` (tried, to be tried again),
`done`, `dead`. Effects of a lane are done in the order of their ids; the first not over blocks the others.
One that begins its lane is entered as leased where a hand of this process is free for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from bot.app.ports import ClaimedEffect, no_hands
from bot.domain.effects import Effect, EffectKind
from bot.store.gathered import Write, columns
from bot.store.handing_over import ENTERED, HandingOver
from bot.store.session import OUTBOX_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.app.ports import Hand, Hands
    from bot.store.session import Session

    Origin = Callable[[], str | None]
    """Gives the `traceparent` of what is being done, where that is traced."""

# What waits for an effect that is in more of a hurry waits no longer than that one would.
_WANTED: Final = """
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[]::json[], $6::text[],
                         $7::timestamptz[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[])
        AS n (key, kind, lane, incident_id, payload, merges, due_at, traceparent, worker, leased_at,
              lease_until)
"""
_SOONER: Final = """
    UPDATE outbox o SET due_at = n.due_at FROM wanted n
    WHERE o."coalesce" = n.merges AND o.state = 'waiting' AND o.due_at IS NOT NULL
        AND (n.due_at IS NULL OR n.due_at < o.due_at)
"""
_ADD: Final = Write(
    "effects",
    """
    INSERT INTO outbox (key, kind, lane, incident_id, payload, "coalesce", due_at, traceparent, worker,
        leased_at, lease_until, state, attempt, fence)
    SELECT *, CASE WHEN worker IS NULL THEN 'waiting' ELSE 'leased' END, (worker IS NOT NULL)::int,
        (worker IS NOT NULL)::int FROM wanted
    ON CONFLICT DO NOTHING RETURNING key, id, created_at, worker
    """,
    11,
    first=(("wanted", _WANTED), ("sooner", _SOONER)),
    answer=ENTERED,
)
# The heads come from a snapshot; the lock reads each row anew and drops what another worker has taken since.
_CLAIM: Final = """
    WITH heads AS MATERIALIZED (
        SELECT id FROM (
            SELECT DISTINCT ON (lane) id, kind, state, due_at, lease_until FROM outbox
            WHERE state IN ('waiting', 'retry', 'leased') ORDER BY lane, id
        ) first
        WHERE (due_at IS NULL OR due_at <= $1) AND (state <> 'leased' OR lease_until <= $1)
            AND ($4::text[] IS NULL OR kind = ANY($4::text[]))
        ORDER BY id LIMIT $3 * 2
    ), taken AS MATERIALIZED (
        SELECT o.id FROM outbox o JOIN heads h ON h.id = o.id
        WHERE o.state IN ('waiting', 'retry') AND (o.due_at IS NULL OR o.due_at <= $1)
            OR o.state = 'leased' AND o.lease_until <= $1
        ORDER BY o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE outbox o SET
        uncertain_since = CASE WHEN o.state = 'leased' THEN coalesce(o.uncertain_since, o.leased_at)
                               ELSE o.uncertain_since END,
        state = 'leased', attempt = o.attempt + 1, fence = o.fence + 1, worker = $5, leased_at = $1,
        lease_until = $1::timestamptz + $2::interval
    FROM taken WHERE o.id = taken.id
    RETURNING o.id, o.key, o.kind, o.lane, o.incident_id::text AS incident_id, o.payload,
        o."coalesce" AS merges, o.due_at, o.attempt, o.fence, o.created_at, o.uncertain_since,
        o.failing_since, o.lease_until, o.traceparent
"""
_HELD: Final = "WHERE id = $1 AND fence = $2 AND state = 'leased'"
_RENEW: Final = f"UPDATE outbox SET lease_until = $3::timestamptz + $4::interval {_HELD}"
_DONE: Final = f"""
    UPDATE outbox SET state = 'done', ended_at = $3, result = $4::text::json, error = NULL,
        uncertain_since = NULL, failing_since = NULL {_HELD}
"""
_AGAIN: Final = f"""
    UPDATE outbox SET state = 'retry', due_at = $4, error = $5, lease_until = NULL,
        failing_since = coalesce(failing_since, $3),
        uncertain_since = CASE WHEN $6 THEN coalesce(uncertain_since, leased_at) ELSE uncertain_since END
    {_HELD}
"""
_DEAD: Final = f"UPDATE outbox SET state = 'dead', ended_at = $3, error = $4, lease_until = NULL {_HELD}"
_WAITING: Final = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'retry', 'leased')"


def no_origin() -> str | None:
    """Nothing is traced."""
    return None


class OutboxTable:
    """The `Outbox` port on PostgreSQL; `origin` gives the trace that new effects belong to."""

    def __init__(self, session: Session, origin: Origin = no_origin, hands: Hands = no_hands) -> None:
        self._session = session
        self._origin = origin
        self._hands = hands

    async def add(self, effects: Iterable[Effect]) -> None:
        """Enter effects and wake delivery; one whose key or waiting `coalesce` is there adds nothing.

        The first of a lane goes to a free hand of this process, where there is one, with the commit.
        """
        rows = list(effects)
        if not rows:
            return
        origin = self._origin()
        handing_over = HandingOver(origin)
        self._session.at_the_end(handing_over.ended)
        handing_over.offer(rows, self._hands)
        lanes = handing_over.lanes
        given = columns(_row(effect, origin, handing_over.hand_for(effect)) for effect in rows)
        await self._session.put(_ADD, given, handing_over.entered)
        # What is put off is found by the poll; to wake every worker for a card that waits would be in vain.
        at_once = {effect.kind.value for effect in rows if effect.due_at is None and effect.lane not in lanes}
        if at_once:
            self._session.notify(OUTBOX_CHANNEL, at_once)

    async def claim(
        self, worker: str, now: datetime, lease: timedelta, limit: int, kinds: Collection[EffectKind] | None
    ) -> list[ClaimedEffect]:
        """Take the first waiting effect of up to `limit` lanes, or one whose lease has run out."""
        wanted = None if kinds is None else sorted(kinds)
        rows = await self._session.fetch(_CLAIM, now, lease, limit, wanted, worker)
        return [_claimed(row) for row in sorted(rows, key=lambda row: int(row["id"]))]

    async def renew(self, claimed: ClaimedEffect, now: datetime, lease: timedelta) -> bool:
        """Lengthen the lease; false where it was lost."""
        return await self._record(_RENEW, claimed, now, lease)

    async def done(self, claimed: ClaimedEffect, now: datetime, result: Mapping[str, Any]) -> bool:
        """It happened; false (and nothing written) where the lease was lost.

        Wakes nobody: the worker whose hand is free again looks at the lane by itself.
        """
        return await self._record(_DONE, claimed, now, orjson.dumps(dict(result)).decode())

    async def again(
        self, claimed: ClaimedEffect, now: datetime, due_at: datetime, error: str, *, uncertain: bool
    ) -> bool:
        """Try it again from `due_at`; `uncertain` where the attempt may have acted all the same."""
        return await self._record(_AGAIN, claimed, now, due_at, error, uncertain)

    async def dead(self, claimed: ClaimedEffect, now: datetime, error: str) -> bool:
        """It will never happen; the lane goes on with the next."""
        return await self._record(_DEAD, claimed, now, error)

    async def waiting(self) -> int:
        """How many effects are neither done nor dead."""
        return int(await self._session.fetchval(_WAITING))

    async def _record(self, statement: str, claimed: ClaimedEffect, *values: Any) -> bool:
        status = await self._session.execute(statement, int(claimed.id), claimed.fence, *values)
        return bool(status == "UPDATE 1")


def _row(effect: Effect, origin: str | None, hand: Hand | None) -> tuple[Any, ...]:
    payload = orjson.dumps(dict(effect.payload)).decode()
    lease = (hand.worker, hand.leased_at, hand.lease_until) if hand is not None else (None, None, None)
    return (
        effect.key, effect.kind, effect.lane, effect.incident_id, payload, effect.coalesce, effect.due_at,
        origin, *lease,
    )  # fmt: skip


def _claimed(row: Mapping[str, Any]) -> ClaimedEffect:
    return ClaimedEffect(
        id=str(row["id"]),
        effect=Effect(
            key=row["key"],
            kind=EffectKind(row["kind"]),
            lane=row["lane"],
            incident_id=row["incident_id"],
            payload=orjson.loads(row["payload"]),
            coalesce=row["merges"],
            due_at=row["due_at"],
        ),
        attempt=row["attempt"],
        fence=row["fence"],
        created_at=row["created_at"],
        uncertain_since=row["uncertain_since"],
        failing_since=row["failing_since"],
        lease_until=row["lease_until"],
        traceparent=row["traceparent"],
    )
