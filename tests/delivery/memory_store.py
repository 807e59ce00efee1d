"""What delivery and the use cases need of the store, in memory: a copy a transaction, swapped at commit."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.app.ports import ClaimedEffect, ClaimedTimer, PostedMessage
from bot.app.run_story import summarize
from bot.domain.errors import ConflictError, NotFoundError, StoreUnavailableError
from bot.domain.view import ChannelRef, IncidentView, PageRecord
from playbooks.loader import from_definition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.app.ports import Clock, IncidentFilter
    from bot.domain.change import Change
    from bot.domain.decisions import TimelineEntry
    from bot.domain.effects import Effect, EffectKind, Timer, TimerKind
    from bot.domain.incident import Incident
    from bot.domain.suspects import Evidence, Ranking
    from playbooks.model import Run


@dataclass(slots=True)
class Row:
    """An effect as the outbox keeps it."""

    id: int
    effect: Effect
    created_at: datetime
    state: str = "waiting"
    due_at: datetime | None = None
    attempt: int = 0
    fence: int = 0
    leased_at: datetime | None = None
    lease_until: datetime | None = None
    uncertain_since: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """Every row."""

    inbox: set[tuple[str, str]] = field(default_factory=set)
    incidents: dict[str, Incident] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    rankings: dict[str, Ranking] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    pages: list[tuple[str, PageRecord]] = field(default_factory=list)
    channels: dict[str, ChannelRef] = field(default_factory=dict)
    messages: dict[tuple[str, str], PostedMessage] = field(default_factory=dict)
    runs: dict[str, tuple[str, Run]] = field(default_factory=dict)
    definitions: dict[str, bytes] = field(default_factory=dict)
    outbox: list[Row] = field(default_factory=list)
    timers: dict[tuple[str, str], tuple[Timer, int, datetime | None]] = field(default_factory=dict)
    locked: list[str] = field(default_factory=list)


class MemoryStore:
    """`failures` are raised by the next commits, in their order; None lets one through. `down` fails all."""

    def __init__(self, clock: Clock) -> None:
        self.state = State()
        self.clock = clock
        self.failures: list[Exception | None] = []
        self.down = False
        self.news = asyncio.Event()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._turn:
            uow = MemoryUnitOfWork(deepcopy(self.state), self.clock)
            yield uow
            failure = self.failures.pop(0) if self.failures else None
            if self.down:
                raise StoreUnavailableError("down")
            if failure is not None:
                raise failure
            self.state = uow.state
            self.news.set()

    async def check(self) -> None:
        return

    @asynccontextmanager
    async def wakes(self, _channel: str) -> AsyncIterator[MemoryStore]:
        yield self

    async def wait(self, at_most: float) -> None:
        try:
            async with asyncio.timeout(min(at_most, 0.02)):
                await self.news.wait()
                self.news.clear()
        except TimeoutError:
            return

    def rows(self, kind: EffectKind | None = None) -> list[Row]:
        return [row for row in self.state.outbox if kind is None or row.effect.kind is kind]

    def told(self, incident_id: str) -> list[str]:
        return [line.text for line in self.state.timeline if line.incident_id == incident_id]


class MemoryUnitOfWork:
    """All repositories in one object; the ports' names lead to it."""

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self._clock = clock
        self.inbox = self.board = self.rankings = self
        self.chat = MemoryChatRecords(state)
        self.outbox = MemoryOutbox(state, clock)
        self.timers = MemoryTimers(state)
        self.incidents = MemoryIncidents(state)
        self.runs = MemoryRuns(state)

    async def admit(self, consumer: str, ids: Sequence[str]) -> set[str]:
        new = {one for one in ids if (consumer, one) not in self.state.inbox}
        self.state.inbox |= {(consumer, one) for one in new}
        return new

    async def lock(self, environments: Collection[str]) -> None:
        self.state.locked += sorted(environments)

    async def candidates(
        self, wanted: Sequence[tuple[Evidence, frozenset[str]]], _look_back: timedelta
    ) -> dict[str, list[Change]]:
        return {
            evidence.incident_id: [c for c in self.state.changes if c.service in services]
            for evidence, services in wanted
        }

    async def save(self, rankings: Sequence[Ranking]) -> dict[str, int]:
        for ranking in rankings:
            self.state.rankings[ranking.incident_id] = ranking
        return {ranking.incident_id: 1 for ranking in rankings}


class MemoryIncidents:
    def __init__(self, state: State) -> None:
        self._state = state

    async def get(self, reference: str, *, lock: bool = False) -> Incident:
        del lock
        for incident in self._state.incidents.values():
            if reference in {incident.id, incident.name}:
                return replace(incident)
        raise NotFoundError(reference)

    async def add(self, incident: Incident) -> None:
        incident.number = len(self._state.incidents) + 1
        self._state.incidents[incident.id] = replace(incident)

    async def save(self, incident: Incident) -> None:
        if self._state.incidents[incident.id].version != incident.version - 1:
            raise ConflictError(incident.id)
        self._state.incidents[incident.id] = replace(incident)

    async def tell(self, entries: Iterable[TimelineEntry]) -> None:
        self._state.timeline += entries

    async def view(self, reference: str) -> IncidentView:
        incident = await self.get(reference)
        runs = [run for owner, run in self._state.runs.values() if owner == incident.id]
        return IncidentView(
            incident=incident,
            alerts=(),
            timeline=tuple(line for line in self._state.timeline if line.incident_id == incident.id),
            ranking=self._state.rankings.get(incident.id),
            runs=tuple(
                summarize(run, from_definition(self._state.definitions[run.definition_hash])) for run in runs
            ),
            channel=self._state.channels.get(incident.id),
            pages=tuple(page for owner, page in self._state.pages if owner == incident.id),
        )

    async def list(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        return [await self.view(one) for one in list(self._state.incidents)[: wanted.limit]], None

    async def by_channel(self, channel_id: str) -> str | None:
        return next((i for i, ref in self._state.channels.items() if ref.id == channel_id), None)

    async def record_page(self, incident_id: str, time: datetime, why: str) -> None:
        self._state.pages.append((incident_id, PageRecord(time, why)))


class MemoryChatRecords:
    def __init__(self, state: State) -> None:
        self._state = state

    async def channel(self, incident_id: str) -> ChannelRef | None:
        return self._state.channels.get(incident_id)

    async def own_channel(self, incident_id: str, channel: ChannelRef) -> None:
        self._state.channels[incident_id] = channel

    async def owned(self, channel_ids: Collection[str]) -> set[str]:
        return {ref.id for ref in self._state.channels.values()} & set(channel_ids)

    async def message(self, incident_id: str, purpose: str) -> PostedMessage | None:
        return self._state.messages.get((incident_id, purpose))

    async def keep_message(self, incident_id: str, message: PostedMessage) -> None:
        self._state.messages[incident_id, message.purpose] = message


class MemoryRuns:
    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, incident_id: str, run: Run) -> bool:
        return self._state.runs.setdefault(run.id, (incident_id, run))[1] is run

    async def get(self, run_id: str, *, lock: bool = False) -> tuple[str, Run]:
        del lock
        if run_id not in self._state.runs:
            raise NotFoundError(run_id)
        return self._state.runs[run_id]

    async def save(self, run: Run) -> None:
        self._state.runs[run.id] = (self._state.runs[run.id][0], run)

    async def of_incident(self, incident_id: str) -> list[Run]:
        return [run for owner, run in self._state.runs.values() if owner == incident_id]

    async def definition(self, digest: str) -> bytes | None:
        return self._state.definitions.get(digest)

    async def pin(self, digest: str, source: bytes) -> None:
        self._state.definitions[digest] = source


class MemoryOutbox:
    def __init__(self, state: State, clock: Clock) -> None:
        self._rows = state.outbox
        self._clock = clock

    async def add(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if any(row.effect.key == effect.key for row in self._rows):
                continue
            if effect.coalesce and any(
                row.state == "waiting" and row.effect.coalesce == effect.coalesce for row in self._rows
            ):
                continue
            self._rows.append(Row(len(self._rows) + 1, effect, self._clock(), due_at=effect.due_at))

    async def claim(
        self, worker: str, now: datetime, lease: timedelta, limit: int, kinds: Collection[EffectKind] | None
    ) -> list[ClaimedEffect]:
        del worker
        heads: dict[str, Row] = {}
        for row in self._rows:
            if row.state in {"waiting", "retry", "leased"}:
                heads.setdefault(row.effect.lane, row)
        claimed = []
        for row in heads.values():
            leased = row.state == "leased" and row.lease_until is not None and row.lease_until > now
            early = row.due_at is not None and row.due_at > now
            if (
                len(claimed) == limit
                or leased
                or early
                or (kinds is not None and row.effect.kind not in kinds)
            ):
                continue
            if row.state == "leased":
                row.uncertain_since = row.uncertain_since or row.leased_at
            row.state, row.leased_at, row.lease_until = "leased", now, now + lease
            row.attempt, row.fence = row.attempt + 1, row.fence + 1
            claimed.append(
                ClaimedEffect(
                    str(row.id),
                    row.effect,
                    row.attempt,
                    row.fence,
                    row.created_at,
                    row.uncertain_since,
                    row.failing_since,
                )
            )
        return claimed

    def _held(self, claimed: ClaimedEffect) -> Row | None:
        row = self._rows[int(claimed.id) - 1]
        return row if row.state == "leased" and row.fence == claimed.fence else None

    async def renew(self, claimed: ClaimedEffect, now: datetime, lease: timedelta) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.lease_until = now + lease
        return row is not None

    async def done(self, claimed: ClaimedEffect, _now: datetime, result: Mapping[str, Any]) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.state, row.result = "done", dict(result)
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

    async def dead(self, claimed: ClaimedEffect, _now: datetime, error: str) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.state, row.error = "dead", error
        return row is not None

    async def waiting(self) -> int:
        return sum(row.state in {"waiting", "retry", "leased"} for row in self._rows)


class MemoryTimers:
    def __init__(self, state: State) -> None:
        self._timers = state.timers

    async def set(self, timers: Iterable[Timer]) -> None:
        for timer in timers:
            self._timers[timer.kind, timer.subject] = (timer, 0, None)

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> list[ClaimedTimer]:
        claimed = []
        for key, (timer, fence, until) in list(self._timers.items())[:limit]:
            if timer.due_at <= now and (until is None or until <= now):
                self._timers[key] = (timer, fence + 1, now + lease)
                claimed.append(ClaimedTimer(timer, fence + 1))
        return claimed

    async def done(self, claimed: ClaimedTimer) -> bool:
        key = (claimed.timer.kind, claimed.timer.subject)
        known = self._timers.get(key)
        if known is None or known[:2] != (claimed.timer, claimed.fence):
            return False
        del self._timers[key]
        return True

    async def cancel(self, kind: TimerKind, subject: str) -> None:
        self._timers.pop((kind, subject), None)
