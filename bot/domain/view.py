"""The whole of one incident, as cards, the API and the postmortem show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.domain.decisions import TimelineEntry
    from bot.domain.incident import Incident
    from bot.domain.suspects import Ranking
    from bot.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """The incident's Slack channel: the id and the name that Slack gave."""

    team_id: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page that was sent: when, why, and whether the receiver took it."""

    time: datetime
    why: str


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One step of a playbook run: `state` is the run engine's word, `text` what it found or why it stopped.

    `asks` is the question put to a person, where the step waits for one: `approve` (approve or reject) or
    `decide` (what became of a step is unknown: retry, skip or stop); else empty. `posted`: the text stands in
    the channel as a message of its own.
    """

    name: str
    title: str
    state: str
    text: str = ""
    asks: str = ""
    posted: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A playbook run as people see it; times are aware and in UTC."""

    id: str
    playbook: str
    title: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    steps: tuple[StepSummary, ...]


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Everything stored about one incident.

    `alerts`: the latest occurrence of each alert, by onset; `timeline` by time, the firing and ending of
    alerts included; `ranking` is None until the first one was made; `verdicts` is all that people said about
    its cause, in that order.
    """

    incident: Incident
    alerts: tuple[Occurrence, ...]
    timeline: tuple[TimelineEntry, ...]
    ranking: Ranking | None
    runs: tuple[RunSummary, ...]
    channel: ChannelRef | None
    pages: tuple[PageRecord, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
