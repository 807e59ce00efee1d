"""The fake inbox, board, event log, changes and rankings."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from bot.domain.alert import AlertStatus, may_be_one
from bot.domain.change import merged
from bot.domain.decisions import Snapshot
from bot.domain.errors import ConflictError, NotFoundError
from bot.domain.evidence import evidence_of
from bot.domain.explainable import could_explain
from bot.domain.openings import EXPIRED
from bot.domain.precedents import FIRED_WITHIN
from bot.domain.quieting import QuietSet
from bot.domain.waking import concerned

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.change import Change
    from bot.domain.decisions import Decision, Group, Outcome
    from bot.domain.explainable import Told
    from bot.domain.incident import Incident
    from bot.domain.inhibition import Inhibitor
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.quieting import Quiet
    from bot.domain.rules import Routed
    from bot.domain.suspects import Evidence, Ranking
    from bot.domain.timer import Timer
    from tests.support.memory.state import State


class MemoryInbox:
    def __init__(self, state: State) -> None:
        self._state = state

    async def admit(self, consumer: str, ids: Sequence[str]) -> set[str]:
        new = {one for one in ids if (consumer, one) not in self._state.inbox}
        self._state.inbox |= {(consumer, one) for one in new}
        return new


class MemoryBoard:
    def __init__(self, state: State) -> None:
        self._state = state
        self.locked: set[str] = set()

    async def lock(self, environments: Collection[str]) -> None:
        self.locked |= set(environments)

    async def load(
        self, routed: Sequence[Routed], opening: OpeningScope | None, inhibitions: Collection[str] = ()
    ) -> Snapshot:
        snapshot = Snapshot(quiet=QuietSet(self._state.quiets.values()))
        for inhibitor in self._state.inhibitors.values():
            if inhibitor.key in inhibitions:
                snapshot.inhibitors.setdefault(inhibitor.key, []).append(inhibitor)
        keys = {one.event.key for one in routed}
        for occurrence in self._state.occurrences.values():
            known = snapshot.occurrences.get(occurrence.key)
            if occurrence.key in keys and (known is None or known.starts_at < occurrence.starts_at):
                snapshot.occurrences[occurrence.key] = copy(occurrence)
        for key in {one.group_key for one in routed}:
            owners = [group for group in self._state.groups.values() if group.key == key]
            if owners:
                snapshot.groups[key] = copy(max(owners, key=lambda group: (group.open, group.opened_at)))
        wanted = {group.incident_id for group in snapshot.groups.values()}
        wanted |= {o.incident_id for o in snapshot.occurrences.values() if o.incident_id is not None}
        snapshot.incidents = {one: copy(self._state.incidents[one]) for one in wanted}
        if opening is not None:
            self._load_opening(snapshot, opening)
        return snapshot

    async def concerned(self, timer: Timer, limit: int, after: Occurrence | None = None) -> list[Occurrence]:
        found = [copy(one) for one in concerned(timer, self._state.occurrences.values())]
        if after is not None:
            found = [one for one in found if (one.received_at, one.key) > (after.received_at, after.key)]
        return found[:limit]

    async def environments(self, timer: Timer) -> set[str]:
        return {one.environment for one in concerned(timer, self._state.occurrences.values())}

    async def firing(self, after: AlertKey, limit: int) -> list[Occurrence]:
        every = self._state.occurrences.values()
        firing = (one for one in every if one.status is AlertStatus.FIRING and one.key > after)
        return [copy(one) for one in sorted(firing, key=lambda one: one.key)][:limit]

    async def causes(self) -> list[str]:
        every = self._state.occurrences.values()
        waiting = (one for one in every if one.status is AlertStatus.FIRING and one.incident_id is None)
        return sorted({one.quiet for one in waiting if one.quiet})

    async def inhibitors(self) -> dict[tuple[str, AlertKey], Inhibitor]:
        return dict(self._state.inhibitors)

    def _load_opening(self, snapshot: Snapshot, opening: OpeningScope) -> None:
        for incident in self._state.incidents.values():
            if incident.is_open and _near(incident, opening):
                snapshot.incidents.setdefault(incident.id, copy(incident))
        for occurrence in sorted(self._state.occurrences.values(), key=lambda o: o.received_at):
            since = opening.held.get(occurrence.group_key)
            waits = occurrence.incident_id is None and occurrence.status is AlertStatus.FIRING
            waits = waits and occurrence.quiet in {"", f"{EXPIRED}:{occurrence.group_key}"}
            if since is not None and waits and occurrence.received_at >= since:
                snapshot.occurrences[occurrence.key] = copy(occurrence)
                snapshot.held.setdefault(occurrence.group_key, []).append(occurrence.key)
        for group in sorted(self._state.groups.values(), key=lambda group: group.opened_at):
            since = opening.openings_since.get(group.environment)
            if since is not None and group.opened_at > since and group.how in {"opened", "storm"}:
                newest = [*snapshot.openings.get(group.environment, ()), group.opened_at]
                snapshot.openings[group.environment] = newest[-opening.most_openings :]

    async def save(self, outcome: Outcome) -> None:
        for quiet in outcome.relied_on.values():
            if self._state.quiets[quiet.id].ends_at != quiet.ends_at:
                raise ConflictError("a silence was changed by another transaction")
        for place, inhibitor in outcome.inhibiting.items():
            if inhibitor is None:
                self._state.inhibitors.pop(place, None)
            else:
                self._state.inhibitors[place] = inhibitor
        for incident in sorted(outcome.incidents.values(), key=lambda i: (i.opened_at, i.id)):
            keep_incident(self._state, incident)
        for group in sorted(outcome.groups.values(), key=lambda group: group.open):
            self._save_group(group)
        for occurrence in (*outcome.superseded, *outcome.occurrences.values()):
            self._save_occurrence(occurrence)
        self._state.timeline.extend(outcome.timeline)

    def _save_group(self, group: Group) -> None:
        others = (g for g in self._state.groups.values() if g.key == group.key and g.open)
        if group.open and any(other.incident_id != group.incident_id for other in others):
            raise ConflictError(f"group {group.key} is open")
        self._state.groups[group.key, group.incident_id] = copy(group)

    def _save_occurrence(self, occurrence: Occurrence) -> None:
        key = (*occurrence.key, occurrence.starts_at)
        known = self._state.occurrences.get(key)
        kept = copy(occurrence)
        if known is not None:
            if _rank(known) > _rank(occurrence):
                raise ConflictError("an alert was changed by another transaction")
            kept.labels, kept.annotations = known.labels, known.annotations
        self._state.occurrences[key] = kept


class MemoryQuiets:
    def __init__(self, state: State) -> None:
        self._state = state

    async def put(self, quiets: Sequence[Quiet]) -> None:
        self._state.quiets |= {quiet.id: quiet for quiet in quiets}

    async def get(self, quiet_id: str) -> Quiet:
        if quiet_id not in self._state.quiets:
            raise NotFoundError(f"silence {quiet_id!r}")
        return self._state.quiets[quiet_id]

    async def list(self, after: datetime, source: str | None = None) -> list[Quiet]:
        wanted = (
            one for one in self._state.quiets.values() if one.ends_at > after and source in {None, one.source}
        )
        return sorted(wanted, key=lambda one: (one.ends_at, one.id))


class MemoryEvents:
    def __init__(self, state: State) -> None:
        self._state = state

    async def append(self, events: Sequence[AlertEvent], decisions: Sequence[Decision]) -> None:
        self._state.events.extend(zip(events, decisions, strict=True))


class MemoryChanges:
    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, changes: Sequence[Change]) -> None:
        for change in changes:
            known = self._state.changes.get((change.source, change.change_id))
            if known is None or known.received_at <= change.received_at:
                stands = change if known is None else merged(known, change)
                self._state.changes[change.source, change.change_id] = stands

    async def known(self, changes: Collection[Change]) -> dict[tuple[str, str], Change]:
        keys = {(one.source, one.change_id) for one in changes}
        return {key: one for key, one in self._state.changes.items() if key in keys}

    async def explainable(self, news: Sequence[Told], look_back: timedelta, skew: timedelta) -> list[str]:
        return sorted(
            incident.id
            for incident in self._state.incidents.values()
            if any(could_explain(one, incident, look_back, skew) for one in news)
        )

    async def rolled_back(self, incident_ids: Collection[str]) -> list[str]:
        every = [self._state.incidents[one] for one in sorted(incident_ids)]
        return [
            one.id
            for one in every
            if any(
                change.undoes and change.time >= one.onset and may_be_one(change.environment, one.environment)
                for change in self._state.changes.values()
            )
        ]

    async def count(
        self, since: datetime, until: datetime
    ) -> tuple[dict[str, dict[str, int]], datetime | None]:
        counted = [
            one
            for one in self._state.changes.values()
            if since <= one.received_at < until and since <= one.time
        ]
        made: dict[str, dict[str, int]] = {}
        for one in counted:
            services = made.setdefault(one.environment, {})
            services[one.service] = services.get(one.service, 0) + 1
        return made, min((one.received_at for one in counted), default=None)


class MemoryRankings:
    def __init__(self, state: State) -> None:
        self._state = state

    async def evidence(self, moments: Mapping[str, datetime]) -> list[Evidence]:
        every = list(self._state.occurrences.values())
        return [
            evidence_of(
                self._state.incidents[one],
                [o for o in every if o.incident_id == one],
                at,
                self._before(self._state.incidents[one]),
            )
            for one, at in sorted(moments.items())
        ]

    def _before(self, incident: Incident) -> dict[AlertKey, datetime]:
        found: dict[AlertKey, datetime] = {}
        for one in self._state.occurrences.values():
            within = incident.onset - FIRED_WITHIN <= one.starts_at < incident.onset
            if within and one.incident_id != incident.id:
                found[one.key] = min(one.starts_at, found.get(one.key, one.starts_at))
        return found

    async def candidates(
        self, wanted: Sequence[tuple[Evidence, frozenset[str]]], look_back: timedelta
    ) -> dict[str, list[Change]]:
        return {
            evidence.incident_id: [
                change
                for change in sorted(self._state.changes.values(), key=lambda c: (c.service, c.time))
                if change.service in services
                and may_be_one(change.environment, evidence.environment)
                and evidence.onset - look_back <= change.latest
                and change.time <= evidence.at
            ]
            for evidence, services in wanted
        }

    async def save(self, rankings: Sequence[Ranking], *, first: bool = False) -> dict[str, int]:
        revisions = {}
        for ranking in rankings:
            kept = self._state.rankings.setdefault(ranking.incident_id, [])
            kept.append(ranking)
            revisions[ranking.incident_id] = len(kept)
            assert not first or len(kept) == 1
        return revisions

    async def latest(self, incident_ids: Collection[str]) -> dict[str, Ranking]:
        return {one: self._state.rankings[one][-1] for one in incident_ids if self._state.rankings.get(one)}


def keep_incident(state: State, incident: Incident) -> None:
    """Enter a new incident (version 1), or write a known one over the version before.

    Raises:
        ConflictError: it is not at that version.
    """
    known = state.incidents.get(incident.id)
    if incident.version != (known.version if known else 0) + 1:
        raise ConflictError("an incident was changed by another transaction")
    if known is None:
        state.numbers += 1
        incident.number = state.numbers
    state.incidents[incident.id] = copy(incident)


def _near(incident: Incident, opening: OpeningScope) -> bool:
    if incident.storm:
        return incident.environment in opening.openings_since
    since = [opening.services.get((incident.environment, service)) for service in incident.services]
    return any(moment is not None and incident.last_alert_at >= moment for moment in since)


def _rank(occurrence: Occurrence) -> tuple[str, float]:
    return (occurrence.status, occurrence.ends_at.timestamp() if occurrence.ends_at else float("-inf"))
