"""Incidents, what we own in Slack, playbook runs, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.domain.decisions import TimelineEntry
    from bot.domain.incident import Incident, State
    from bot.domain.view import ChannelRef, IncidentView
    from playbooks.model import Run


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents a list holds; `after` is the cursor of the page before."""

    state: State | None = None
    service: str | None = None
    since: datetime | None = None
    after: str | None = None
    limit: int = 50


class Incidents(Protocol):
    """The incident aggregate and its read model."""

    async def get(self, reference: str, *, lock: bool = False) -> Incident:
        """By id or by name (`INC-12`).

        Raises:
            NotFoundError: there is none.
        """

    async def add(self, incident: Incident) -> None:
        """Enter a declared incident; sets its number and version."""

    async def save(self, incident: Incident) -> None:
        """Write it over `incident.version - 1`, and close or reopen its groups as its state asks.

        Raises:
            ConflictError: it is not at that version.
        """

    async def tell(self, entries: Iterable[TimelineEntry]) -> None:
        """Add lines to the timeline."""

    async def view(self, reference: str) -> IncidentView:
        """Everything about one incident, after any write in progress to it has ended.

        Raises:
            NotFoundError: there is none.
        """

    async def worst_open(self, limit: int) -> tuple[list[IncidentView], int]:
        """The open ones, worst first and then newest, at most so many; and how many are open in all."""

    async def list(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        """Newest first, and the cursor of the next page."""

    async def by_channel(self, channel_id: str) -> str | None:
        """The id of the incident that owns the Slack channel."""

    async def record_page(self, incident_id: str, time: datetime, why: str) -> None:
        """Remember that somebody was paged."""


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message of ours: where it is, what it is for, and a hash of what it shows."""

    purpose: str
    channel_id: str
    ts: str
    digest: str = ""


class ChatRecords(Protocol):
    """What we own in Slack."""

    async def channel(self, incident_id: str) -> ChannelRef | None:
        """The incident's channel, if it has one."""

    async def own_channel(self, incident_id: str, channel: ChannelRef) -> None:
        """The incident owns the channel from now on.

        Raises:
            ConflictError: another incident owns it.
        """

    async def owned(self, channel_ids: Collection[str]) -> set[str]:
        """Those of the channels that some incident owns."""

    async def message(self, incident_id: str, purpose: str) -> PostedMessage | None:
        """Our living message for this purpose (`status`, `suspects`, `run:<id>`, ...)."""

    async def keep_message(self, incident_id: str, message: PostedMessage) -> None:
        """Remember a message, over an earlier one of the same purpose."""


class Runs(Protocol):
    """Playbook runs: data, one row each with its steps."""

    async def add(self, incident_id: str, run: Run) -> bool:
        """Enter a new run; false where one with this id is there already."""

    async def get(self, run_id: str, *, lock: bool = False) -> tuple[str, Run]:
        """The incident's id and the run.

        Raises:
            NotFoundError: there is none.
        """

    async def save(self, run: Run) -> None:
        """Write the run; it was read with `lock`."""

    async def of_incident(self, incident_id: str) -> list[Run]:
        """The incident's runs, oldest first."""

    async def definition(self, digest: str) -> bytes | None:
        """The pinned source of a playbook."""

    async def pin(self, digest: str, source: bytes) -> None:
        """Keep the source of a playbook under its hash."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What a webhook of `source` could not read: where it stood, why, and its body, possibly cut."""

    id: int
    at: datetime
    source: str
    reason: str
    path: str
    body: bytes


class DeadLetters(Protocol):
    """Input that could not be understood, kept with the reason."""

    async def quarantine(self, source: str, reason: str, path: str, body: bytes, at: datetime) -> None:
        """Keep what a webhook could not read."""

    async def quarantined(self, newest: int) -> list[Quarantined]:
        """At most so many, in the order in which they were kept."""

    async def one_quarantined(self, number: int) -> Quarantined:
        """The one with this id.

        Raises:
            NotFoundError: there is none.
        """
