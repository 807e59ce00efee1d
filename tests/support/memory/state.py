"""All that the fake store keeps; a transaction works on it and puts a copy back when it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import PostedMessage, Quarantined
    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.change import Change
    from bot.domain.decisions import Decision, Group, TimelineEntry
    from bot.domain.effects import Effect
    from bot.domain.incident import Incident
    from bot.domain.inhibition import Inhibitor
    from bot.domain.quieting import Quiet
    from bot.domain.suspects import Ranking
    from bot.domain.timer import Timer
    from bot.domain.verdicts import Verdict
    from bot.domain.view import ChannelRef, PageRecord
    from playbooks.model import Run


@dataclass(slots=True)
class EffectRow:
    """One effect in the outbox: `waiting`, `leased`, `retry`, `done` or `dead`."""

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
    error: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    traceparent: str | None = None

    @property
    def live(self) -> bool:
        return self.state in {"waiting", "retry", "leased"}


@dataclass(slots=True)
class TimerRow:
    """One timer."""

    timer: Timer
    fence: int = 0
    lease_until: datetime | None = None


@dataclass(slots=True)
class State:
    """The tables."""

    inbox: set[tuple[str, str]] = field(default_factory=set)
    incidents: dict[str, Incident] = field(default_factory=dict)
    numbers: int = 0
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    occurrences: dict[tuple[str, str, datetime], Occurrence] = field(default_factory=dict)
    quiets: dict[str, Quiet] = field(default_factory=dict)
    inhibitors: dict[tuple[str, AlertKey], Inhibitor] = field(default_factory=dict)
    events: list[tuple[AlertEvent, Decision]] = field(default_factory=list)
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    rankings: dict[str, list[Ranking]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    outbox: list[EffectRow] = field(default_factory=list)
    timers: dict[tuple[str, str], TimerRow] = field(default_factory=dict)
    channels: dict[str, ChannelRef] = field(default_factory=dict)
    messages: dict[tuple[str, str], PostedMessage] = field(default_factory=dict)
    runs: dict[str, tuple[str, Run]] = field(default_factory=dict)
    definitions: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, list[PageRecord]] = field(default_factory=dict)
    quarantine: list[Quarantined] = field(default_factory=list)
