"""The fake incidents, Slack records, runs and quarantine."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING

from bot.app.ports import Quarantined
from bot.app.run_story import summarize
from bot.app.storyline import NEWEST, latest, storyline
from bot.domain.errors import ConflictError, NotFoundError
from bot.domain.view import IncidentView, PageRecord
from playbooks.loader import InvalidPlaybookError, from_definition
from tests.support.memory.board import keep_incident

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.app.ports import IncidentFilter, PostedMessage
    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.decisions import TimelineEntry
    from bot.domain.incident import Incident
    from bot.domain.view import ChannelRef, RunSummary
    from playbooks.model import Playbook, Run
    from tests.support.memory.state import State


class MemoryIncidents:
    def __init__(self, state: State) -> None:
        self._state = state

    async def get(self, reference: str, *, lock: bool = False) -> Incident:
        return copy(self._find(reference))

    def _find(self, reference: str) -> Incident:
        for incident in self._state.incidents.values():
            if reference == incident.id or reference.upper() == incident.name:
                return incident
        raise NotFoundError(f"incident {reference!r}")

    async def add(self, incident: Incident) -> None:
        incident.version = 1
        keep_incident(self._state, incident)

    async def save(self, incident: Incident) -> None:
        keep_incident(self._state, incident)
        groups = self._state.groups.values()
        for group in groups:
            if group.incident_id == incident.id:
                taken = any(other.open and other.key == group.key for other in groups if other is not group)
                group.open = incident.is_open and not taken

    async def tell(self, entries: Iterable[TimelineEntry]) -> None:
        self._state.timeline.extend(entries)

    async def view(self, reference: str) -> IncidentView:
        return self._view(self._find(reference))

    async def worst_open(self, limit: int) -> tuple[list[IncidentView], int]:
        found = [incident for incident in self._state.incidents.values() if incident.is_open]
        found.sort(key=lambda incident: (incident.severity.rank, -incident.number))
        return [self._view(one) for one in found[:limit]], len(found)

    async def list(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        found = sorted(self._state.incidents.values(), key=lambda incident: -incident.number)
        found = [
            incident
            for incident in found
            if wanted.state in {None, incident.state}
            and (wanted.service is None or wanted.service in incident.services)
            and (wanted.since is None or incident.opened_at >= wanted.since)
            and (wanted.after is None or incident.number < int(wanted.after))
        ]
        page = found[: wanted.limit]
        return [self._view(one) for one in page], str(page[-1].number) if len(found) > len(page) else None

    async def by_channel(self, channel_id: str) -> str | None:
        owners = (one for one, channel in self._state.channels.items() if channel.id == channel_id)
        return next(owners, None)

    async def record_page(self, incident_id: str, time: datetime, why: str) -> None:
        self._state.pages.setdefault(incident_id, []).append(PageRecord(time, why))

    def _view(self, incident: Incident) -> IncidentView:
        own = [copy(o) for o in self._state.occurrences.values() if o.incident_id == incident.id]
        own, passed_over = _in_short(own)
        stored = [entry for entry in self._state.timeline if entry.incident_id == incident.id]
        rankings = self._state.rankings.get(incident.id)
        return IncidentView(
            incident=copy(incident),
            alerts=latest(own),
            timeline=storyline(stored, own, passed_over),
            ranking=rankings[-1] if rankings else None,
            runs=tuple(
                self._summary(run) for owner, run in self._state.runs.values() if owner == incident.id
            ),
            channel=self._state.channels.get(incident.id),
            pages=tuple(self._state.pages.get(incident.id, ())),
            verdicts=tuple(one for one in self._state.verdicts if one.incident_id == incident.id),
        )

    def _summary(self, run: Run) -> RunSummary:
        playbook: Playbook | None = None
        if run.definition_hash in self._state.definitions:
            try:
                playbook = from_definition(self._state.definitions[run.definition_hash])
            except InvalidPlaybookError:
                playbook = None
        return summarize(run, playbook)


class MemoryChat:
    def __init__(self, state: State) -> None:
        self._state = state

    async def channel(self, incident_id: str) -> ChannelRef | None:
        return self._state.channels.get(incident_id)

    async def own_channel(self, incident_id: str, channel: ChannelRef) -> None:
        for owner, known in self._state.channels.items():
            if owner != incident_id and (known.team_id, known.id) == (channel.team_id, channel.id):
                raise ConflictError(f"channel {channel.id} belongs to another incident")
        self._state.channels[incident_id] = channel

    async def owned(self, channel_ids: Collection[str]) -> set[str]:
        return {channel.id for channel in self._state.channels.values()} & set(channel_ids)

    async def message(self, incident_id: str, purpose: str) -> PostedMessage | None:
        return self._state.messages.get((incident_id, purpose))

    async def keep_message(self, incident_id: str, message: PostedMessage) -> None:
        self._state.messages[incident_id, message.purpose] = message


class MemoryRuns:
    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, incident_id: str, run: Run) -> bool:
        if run.id in self._state.runs:
            return False
        self._state.runs[run.id] = (incident_id, deepcopy(run))
        return True

    async def get(self, run_id: str, *, lock: bool = False) -> tuple[str, Run]:
        if run_id not in self._state.runs:
            raise NotFoundError(f"run {run_id!r}")
        return self._state.runs[run_id]

    async def save(self, run: Run) -> None:
        incident_id, _ = await self.get(run.id)
        self._state.runs[run.id] = (incident_id, deepcopy(run))

    async def of_incident(self, incident_id: str) -> list[Run]:
        return [run for owner, run in self._state.runs.values() if owner == incident_id]

    async def definition(self, digest: str) -> bytes | None:
        return self._state.definitions.get(digest)

    async def pin(self, digest: str, source: bytes) -> None:
        self._state.definitions.setdefault(digest, source)


class MemoryDeadLetters:
    def __init__(self, state: State) -> None:
        self._state = state

    async def quarantine(self, source: str, reason: str, path: str, body: bytes, at: datetime) -> None:
        number = len(self._state.quarantine) + 1
        self._state.quarantine.append(Quarantined(number, at, source, reason, path, body))

    async def quarantined(self, newest: int) -> list[Quarantined]:
        return self._state.quarantine[-newest:]

    async def one_quarantined(self, number: int) -> Quarantined:
        for one in self._state.quarantine:
            if one.id == number:
                return one
        raise NotFoundError(f"{number} in quarantine")


def _in_short(occurrences: list[Occurrence]) -> tuple[list[Occurrence], dict[AlertKey, int]]:
    """Those that are told, and of each alert how many are not."""
    of_alert: dict[AlertKey, list[Occurrence]] = {}
    for occurrence in sorted(occurrences, key=lambda one: one.starts_at):
        of_alert.setdefault(occurrence.key, []).append(occurrence)
    told = [one for each in of_alert.values() for one in each[:1] + each[1:][-NEWEST:]]
    return told, {key: max(0, len(each) - NEWEST - 1) for key, each in of_alert.items()}
