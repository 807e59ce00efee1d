"""The evidence of incidents, the candidate changes, and the rankings made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.change import LONGEST_ROLLOUT
from bot.domain.evidence import seen
from bot.domain.precedents import FIRED_WITHIN
from bot.domain.suspects import MOST_SEEN, Evidence, stated_onsets
from bot.store.gathered import Write, columns
from bot.store.rows import CHANGE, OCCURRENCE, change_of, occurrence_of
from bot.store.serialise import ranking_json, ranking_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.domain.change import Change
    from bot.domain.suspects import Ranking, Seen
    from bot.store.session import Session

MOST_OF_A_SERVICE: Final = 500

# The lock lets whoever ranks the same incident wait, so that revisions follow one another.
_INCIDENTS: Final = """
    SELECT i.id::text AS id, i.environment, i.services, i.onset FROM incidents i WHERE i.id = ANY($1::uuid[])
    ORDER BY i.id FOR NO KEY UPDATE
"""
_ONSETS: Final = """
    SELECT o.incident_id::text AS id, o.service, min(least(o.starts_at, o.received_at)) AS onset
    FROM occurrences o WHERE o.incident_id = ANY($1::uuid[]) GROUP BY 1, 2
"""
_ALERTS: Final = f"""
    SELECT {OCCURRENCE}, earlier.before
    FROM unnest($1::uuid[], $3::timestamptz[]) AS k (id, onset)
    CROSS JOIN LATERAL (
        SELECT * FROM occurrences o WHERE o.incident_id = k.id
        ORDER BY o.starts_at, o.source, o.fingerprint LIMIT $2
    ) o
    LEFT JOIN LATERAL (
        SELECT min(p.starts_at) AS before FROM occurrences p
        WHERE p.source = o.source AND p.fingerprint = o.fingerprint
            AND p.starts_at >= k.onset - $4::interval AND p.starts_at < k.onset
            AND p.incident_id IS DISTINCT FROM k.id
    ) earlier ON true
"""
_CANDIDATES: Final = f"""
    SELECT {CHANGE}
    FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS w (service, since, until)
    CROSS JOIN LATERAL (
        SELECT * FROM changes c
        WHERE c.service = w.service AND c.time >= w.since - $6::interval AND c.time <= w.until
            AND greatest(c.time, c.latest_at) >= w.since
            AND ($4::text = 'unknown' OR c.environment IN ($4, 'unknown'))
        ORDER BY c.time DESC LIMIT $5
    ) c
"""
_SAVE: Final = """
    INSERT INTO rankings (incident_id, revision, at, body)
    SELECT n.id, coalesce((SELECT max(revision) FROM rankings r WHERE r.incident_id = n.id), 0) + 1,
        n.at, n.body
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]::json[]) AS n (id, at, body)
    RETURNING incident_id::text AS id, revision
"""
_SAVE_FIRST: Final = Write(
    "ranked",
    """
    INSERT INTO rankings (incident_id, revision, at, body)
    SELECT n.id, 1, n.at, n.body
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]::json[]) AS n (id, at, body)
    RETURNING 1
    """,
    3,
)
_LATEST: Final = """
    SELECT k.id::text AS id, r.body
    FROM unnest($1::uuid[]) AS k (id)
    CROSS JOIN LATERAL (
        SELECT body FROM rankings r WHERE r.incident_id = k.id ORDER BY revision DESC LIMIT 1
    ) r
"""


class RankingTable:
    """The `Rankings` port on PostgreSQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def evidence(self, moments: Mapping[str, datetime]) -> list[Evidence]:
        """The services that alert in each incident, with the first onset of each, and its first alerts.

        By incident id, as of which moment. Locks the incidents.

        An incident without alerts, one that was declared, is about its services since its onset.
        """
        if not moments:
            return []
        wanted = sorted(moments)
        incidents = await self._session.fetch(_INCIDENTS, wanted)
        onsets: dict[str, dict[str, datetime]] = {}
        for row in await self._session.fetch(_ONSETS, wanted):
            onsets.setdefault(row["id"], {})[row["service"]] = row["onset"]
        alerts = await self._alerts(incidents, moments)
        return [
            Evidence(
                incident_id=row["id"],
                environment=row["environment"],
                at=moments[row["id"]],
                onsets=onsets.get(row["id"]) or stated_onsets(row["services"], row["onset"]),
                alerts=tuple(alerts.get(row["id"], ())),
            )
            for row in incidents
        ]

    async def _alerts(
        self, incidents: Sequence[Any], moments: Mapping[str, datetime]
    ) -> dict[str, list[Seen]]:
        """By incident, the first of its alerts, each with when it fired before the incident."""
        rows = await self._session.fetch(
            _ALERTS,
            [row["id"] for row in incidents],
            MOST_SEEN,
            [row["onset"] for row in incidents],
            FIRED_WITHIN,
        )
        found: dict[str, list[Seen]] = {}
        for row in rows:
            of = row["incident_id"]
            found.setdefault(of, []).append(seen(occurrence_of(row), moments[of], row["before"]))
        return found

    async def candidates(
        self, wanted: Sequence[tuple[Evidence, frozenset[str]]], look_back: timedelta
    ) -> dict[str, list[Change]]:
        """By incident id, the changes to the named services in its environment, where both are known.

        From `look_back` before its onset until now; at most the latest 500 of each service.
        """
        found: dict[str, list[Change]] = {evidence.incident_id: [] for evidence, _ in wanted}
        environments: dict[str, list[tuple[Evidence, frozenset[str]]]] = {}
        for evidence, services in wanted:
            environments.setdefault(evidence.environment, []).append((evidence, services))
        for environment, group in environments.items():
            # What several incidents ask for is read once.
            by_service = await self._read(environment, group, look_back)
            for evidence, services in group:
                since, until = evidence.onset - look_back, evidence.at
                found[evidence.incident_id] = [
                    change
                    for service in sorted(services)
                    for change in by_service.get(service, ())
                    if since <= change.latest and change.time <= until
                ]
        return found

    async def _read(
        self, environment: str, wanted: Sequence[tuple[Evidence, frozenset[str]]], look_back: timedelta
    ) -> dict[str, list[Change]]:
        ranges: dict[str, tuple[datetime, datetime]] = {}
        for evidence, services in wanted:
            since, until = evidence.onset - look_back, evidence.at
            for service in services:
                known = ranges.get(service, (since, until))
                ranges[service] = (min(known[0], since), max(known[1], until))
        rows = await self._session.fetch(
            _CANDIDATES,
            list(ranges),
            [since for since, _ in ranges.values()],
            [until for _, until in ranges.values()],
            environment,
            MOST_OF_A_SERVICE,
            LONGEST_ROLLOUT,
        )
        by_service: dict[str, list[Change]] = {}
        for row in rows:
            by_service.setdefault(row["service"], []).append(change_of(row))
        return by_service

    async def save(self, rankings: Sequence[Ranking], *, first: bool = False) -> dict[str, int]:
        """Keep the rankings; gives each incident's revision number (1 for its first).

        With `first` they are of incidents that this transaction opens, which nobody else can have ranked.
        """
        if not rankings:
            return {}
        rows = columns((one.incident_id, one.at, ranking_json(one)) for one in rankings)
        if first:
            await self._session.put(_SAVE_FIRST, rows)
            return dict.fromkeys((one.incident_id for one in rankings), 1)
        saved = await self._session.fetch_past(_SAVE, *rows)
        return {row["id"]: row["revision"] for row in saved}

    async def latest(self, incident_ids: Collection[str]) -> dict[str, Ranking]:
        """The newest ranking of each incident that has one."""
        if not incident_ids:
            return {}
        rows = await self._session.fetch(_LATEST, sorted(incident_ids))
        return {row["id"]: ranking_of(row["id"], row["body"]) for row in rows}
