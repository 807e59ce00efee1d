"""What was changed, where and when."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

import orjson

from bot.domain.change import standing
from bot.store.locks import exclude_openings
from bot.store.rows import CHANGE, change_of, wave_row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from bot.domain.change import Change
    from bot.domain.explainable import Told
    from bot.store.session import Session

_ADD: Final = """
    INSERT INTO changes (source, change_id, kind, service, environment, time, received_at, summary, version,
                         previous_version, author, url, scope, ended_at, waves, rolls_back, maintenance,
                         latest_at, first_told_at, first_ended_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
        $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
        $13::text[]::jsonb[], $14::timestamptz[], $15::text[]::jsonb[], $16::text[], $17::boolean[],
        $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])
    ON CONFLICT (source, change_id) DO UPDATE SET
        kind = excluded.kind, service = excluded.service, environment = excluded.environment,
        time = excluded.time, received_at = excluded.received_at, summary = excluded.summary,
        version = excluded.version, previous_version = excluded.previous_version, author = excluded.author,
        url = excluded.url, scope = excluded.scope,
        maintenance = excluded.maintenance OR changes.maintenance,
        ended_at = coalesce(excluded.ended_at, changes.ended_at),
        rolls_back = coalesce(nullif(excluded.rolls_back, ''), changes.rolls_back),
        latest_at = greatest(excluded.latest_at, changes.latest_at),
        first_told_at = coalesce(changes.first_told_at, changes.received_at),
        first_ended_at = CASE WHEN changes.first_told_at IS NULL THEN changes.ended_at
            ELSE changes.first_ended_at END,
        waves = (
            SELECT coalesce(jsonb_agg(one.wave ORDER BY one.wave ->> 'time'), '[]')
            FROM (
                SELECT DISTINCT ON (w.wave ->> 'time') w.wave
                FROM jsonb_array_elements(changes.waves || excluded.waves) WITH ORDINALITY AS w (wave, place)
                ORDER BY w.wave ->> 'time', w.place DESC
            ) one
        )
    WHERE changes.received_at <= excluded.received_at
"""
# In two halves, each of which has an index of those that are open, however many are resolved.
_OPEN: Final = """
    SELECT * FROM incidents WHERE state <> 'resolved' AND NOT storm
    UNION ALL SELECT * FROM incidents WHERE state <> 'resolved' AND storm
"""
_EXPLAINABLE: Final = f"""
    SELECT DISTINCT i.id::text AS id
    FROM unnest($1::text[], $2::timestamptz[], $3::text[], $5::timestamptz[], $6::boolean[])
        AS c (environment, since, services, latest, undoes)
    JOIN ({_OPEN}) i ON (c.environment IN (i.environment, 'unknown') OR i.environment = 'unknown')
        AND c.latest >= i.onset - $4::interval
        AND (c.undoes OR c.since <= greatest(i.onset + $7::interval, i.last_alert_at))
        AND (c.services IS NULL OR i.services = '{{}}'
            OR i.services && string_to_array(c.services, E'\\x1f'))
"""
_KNOWN: Final = f"""
    SELECT {CHANGE}
    FROM unnest($1::text[], $2::text[]) AS k (source, change_id)
    JOIN changes c ON c.source = k.source AND c.change_id = k.change_id
"""
_ROLLED_BACK: Final = """
    SELECT i.id::text AS id FROM incidents i
    WHERE i.id = ANY($1::uuid[]) AND EXISTS (
        SELECT 1 FROM changes c
        WHERE (c.kind = 'rollback' OR c.rolls_back <> '') AND c.time >= i.onset
            AND (c.environment IN (i.environment, 'unknown') OR i.environment = 'unknown')
    )
    ORDER BY 1
"""
_COUNT: Final = """
    SELECT environment, service, count(*) AS many, min(received_at) AS first FROM changes
    WHERE received_at >= $1 AND received_at < $2 AND time >= $1 GROUP BY environment, service
"""
SEPARATOR: Final = "\x1f"


class ChangeTable:
    """The `Changes` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, changes: Sequence[Change]) -> None:
        """Keep the changes; a newer statement replaces an older one, and its waves come to those known.

        Openings wait until the transaction ends, so that an incident that opens at the same moment either
        sees the changes or is seen by `explainable`.
        """
        await exclude_openings(self._session)
        rows = standing(changes, {})
        # Of several statements in one batch the first one is on top.
        first = {
            (c.source, c.change_id): c for c in sorted(changes, key=attrgetter("received_at"), reverse=True)
        }
        await self._session.execute(
            _ADD,
            [c.source for c in rows],
            [c.change_id for c in rows],
            [c.kind for c in rows],
            [c.service for c in rows],
            [c.environment for c in rows],
            [c.time for c in rows],
            [c.received_at for c in rows],
            [c.summary for c in rows],
            [c.version for c in rows],
            [c.previous_version for c in rows],
            [c.author for c in rows],
            [c.url for c in rows],
            [orjson.dumps(dict(c.scope)).decode() for c in rows],
            [c.ended_at for c in rows],
            [orjson.dumps([wave_row(wave) for wave in c.waves]).decode() for c in rows],
            [c.rolls_back for c in rows],
            [c.maintenance for c in rows],
            [c.latest for c in rows],
            [first[c.source, c.change_id].received_at for c in rows],
            [first[c.source, c.change_id].ended_at for c in rows],
        )

    async def known(self, changes: Collection[Change]) -> dict[tuple[str, str], Change]:
        """As they are known so far, by source and id, those of the changes that are."""
        rows = await self._session.fetch(
            _KNOWN, [one.source for one in changes], [one.change_id for one in changes]
        )
        return {(one.source, one.change_id): one for one in map(change_of, rows)}

    async def explainable(self, news: Sequence[Told], look_back: timedelta, skew: timedelta) -> list[str]:
        """The open incidents (ids, sorted) that the statements could explain, see `could_explain`."""
        if not news:
            return []
        rows = await self._session.fetch(
            _EXPLAINABLE,
            [one.change.environment for one in news],
            [one.since for one in news],
            [None if one.services is None else SEPARATOR.join(sorted(one.services)) for one in news],
            look_back,
            [one.change.latest for one in news],
            [one.change.undoes for one in news],
            skew,
        )
        return sorted(row["id"] for row in rows)

    async def rolled_back(self, incident_ids: Collection[str]) -> list[str]:
        """Those of the incidents (ids, sorted) since whose onset something was rolled back."""
        rows = await self._session.fetch(_ROLLED_BACK, sorted(incident_ids))
        return [row["id"] for row in rows]

    async def count(
        self, since: datetime, until: datetime
    ) -> tuple[dict[str, dict[str, int]], datetime | None]:
        """How many were made and told of in that time, by environment and service; and when the first was."""
        made: dict[str, dict[str, int]] = {}
        rows = await self._session.fetch(_COUNT, since, until)
        for row in rows:
            made.setdefault(row["environment"], {})[row["service"]] = row["many"]
        return made, min((row["first"] for row in rows), default=None)
