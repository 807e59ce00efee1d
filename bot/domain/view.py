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
    from playbooks.model import Run


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
class IncidentView:
    """Everything stored about one incident.

    `alerts`: the latest occurrence of each alert, by onset; `timeline` by time, the firing and ending of
    alerts included; `ranking` is None until the first one was made.
    """

    incident: Incident
    alerts: tuple[Occurrence, ...]
    timeline: tuple[TimelineEntry, ...]
    ranking: Ranking | None
    runs: tuple[Run, ...]
    channel: ChannelRef | None
    pages: tuple[PageRecord, ...] = ()
