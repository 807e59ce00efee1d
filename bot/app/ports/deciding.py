"""What deciding about alerts and changes reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.change import Change
    from bot.domain.decisions import Decision, Outcome, Snapshot
    from bot.domain.explainable import Told
    from bot.domain.explanation import Recorded
    from bot.domain.incident import Incident
    from bot.domain.inhibition import Inhibitor
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.quieting import Quiet
    from bot.domain.rules import Routed
    from bot.domain.suspects import Evidence, Ranking
    from bot.domain.timer import Timer
    from bot.domain.verdicts import Verdict


class Inbox(Protocol):
    """What has been taken in already, for each consumer."""

    async def admit(self, consumer: str, ids: Sequence[str]) -> set[str]:
        """Enter the ids, and give those that were not there before."""


class Board(Protocol):
    """Alerts, groups and incidents as `decide` needs them."""

    async def lock(self, environments: Collection[str]) -> None:
        """Take the opening locks of these environments, in sorted order, until the transaction ends."""

    async def load(
        self, routed: Sequence[Routed], opening: OpeningScope | None, inhibitions: Collection[str] = ()
    ) -> Snapshot:
        """What is known about the alerts and groups of a batch; labels of known alerts may be left out.

        With `opening`, what an opening needs too: neighbours' open incidents, held alerts, recent openings.
        `inhibitions` are the keys under which alerts of the batch inhibit or may be inhibited.
        """

    async def concerned(self, timer: Timer, limit: int, after: Occurrence | None = None) -> list[Occurrence]:
        """The alerts that a timer is about (see `waking`), with their labels, those heard of first."""

    async def environments(self, timer: Timer) -> set[str]:
        """The environments of all of these alerts."""

    async def firing(self, after: AlertKey, limit: int) -> list[Occurrence]:
        """Alerts that fire, with their labels, in the order of their keys, those after that one."""

    async def causes(self) -> list[str]:
        """Everything that keeps alerts which fire from an incident for a while (see `Occurrence.quiet`)."""

    async def inhibitors(self) -> dict[tuple[str, AlertKey], Inhibitor]:
        """The source alerts that inhibit others, by key and alert."""

    async def save(self, outcome: Outcome) -> None:
        """Write what a batch changed, in sets, and give new incidents their numbers.

        At the latest when the transaction commits.

        Raises:
            ConflictError: an incident's version or an open group key was taken by somebody else, or a silence
                that was relied on has been changed; at the latest when the transaction commits.
        """


class Quiets(Protocol):
    """Silences and maintenance windows."""

    async def put(self, quiets: Sequence[Quiet]) -> None:
        """Enter them, over those with the same ids."""

    async def get(self, quiet_id: str) -> Quiet:
        """One of them; nobody else changes it until the transaction ends.

        Raises:
            NotFoundError: there is none.
        """

    async def list(self, after: datetime, source: str | None = None) -> list[Quiet]:
        """Those that end after that time, the first to end first; with `source` only those from there."""


class EventLog(Protocol):
    """The normalised events, kept for replay."""

    async def append(self, events: Sequence[AlertEvent], decisions: Sequence[Decision]) -> None:
        """Keep alert events with what was decided about each (same order, same length)."""


class Past(Protocol):
    """What was decided about alerts, for as long as the events are kept."""

    async def of_incident(self, incident: Incident, limit: int) -> list[Recorded]:
        """The alerts that opened the incident, came to it or reopened it, in the order of their receipt."""

    async def latest(self, labels: Mapping[str, str], since: datetime, limit: int) -> list[Recorded]:
        """The newest decision about each alert with these labels that fired since then, newest first.

        `alertname`, `service` and `environment` are as they were read. Repeated notifications do not count.
        """


class Changes(Protocol):
    """What was changed, where and when."""

    async def add(self, changes: Sequence[Change]) -> None:
        """Keep the changes; a change that is known is replaced by its newer statement."""

    async def known(self, changes: Collection[Change]) -> dict[tuple[str, str], Change]:
        """As they are known so far, by source and id, those of the changes that are."""

    async def explainable(self, news: Sequence[Told], look_back: timedelta, skew: timedelta) -> list[str]:
        """The open incidents (ids, sorted) that the statements could explain, see `could_explain`."""

    async def rolled_back(self, incident_ids: Collection[str]) -> list[str]:
        """Those of the incidents (ids, sorted) since whose onset something was rolled back."""

    async def count(
        self, since: datetime, until: datetime
    ) -> tuple[dict[str, dict[str, int]], datetime | None]:
        """How many changes were told of from `since` until before `until`, by environment and service.

        And when the first of them was told of, None where there is none. A change counts where it was last
        told of. One that was made before `since`, as of an import of old ones, does not count.
        """


class Rankings(Protocol):
    """The evidence of incidents, the candidates, and the rankings made of them."""

    async def evidence(self, moments: Mapping[str, datetime]) -> list[Evidence]:
        """The services that alert in each incident, with the first onset of each, and its first alerts.

        By incident id, as of which moment. Locks the incidents.

        An incident without alerts, one that was declared, is about its services since its onset.
        """

    async def candidates(
        self, wanted: Sequence[tuple[Evidence, frozenset[str]]], look_back: timedelta
    ) -> dict[str, list[Change]]:
        """By incident id, the changes to the named services in its environment, where both are known.

        From `look_back` before its onset until now; at most the latest 500 of each service.
        """

    async def save(self, rankings: Sequence[Ranking], *, first: bool = False) -> dict[str, int]:
        """Keep the rankings; gives each incident's revision number (1 for its first).

        With `first` they are of incidents that this transaction opens.
        """

    async def latest(self, incident_ids: Collection[str]) -> dict[str, Ranking]:
        """The newest ranking of each incident that has one."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in a period: how many changes each service had, and how many incidents were opened.

    Of these, `judged` have a word on what caused them: a change, or none.
    """

    changes: Mapping[str, int]
    incidents: int
    judged: int


class Verdicts(Protocol):
    """What responders say about the causes of incidents, every word of it."""

    async def add(self, verdict: Verdict) -> None:
        """Keep one; the change that it judges is kept with it, as it is known now."""

    async def withdraw(self, verdict_id: str, at: datetime, by: str) -> bool:
        """Mark one as taken back; false where there is none that stands."""

    async def of(self, incident_ids: Collection[str]) -> dict[str, list[Verdict]]:
        """By incident, all that was said about it, in the order in which it was said."""

    async def since(self, moment: datetime) -> dict[str, list[Verdict]]:
        """The same, of the incidents about which something was said since then."""

    async def find_changes(self, change_id: str) -> list[Change]:
        """The changes with this id, of any source, by source."""

    async def changes_between(self, since: datetime, until: datetime, environment: str) -> list[Change]:
        """The changes from `since` until before `until`, by time, in this environment or one unknown."""

    async def activity(self, since: datetime, until: datetime, environment: str | None) -> Activity:
        """What happened from `since` until before `until`; with None in every environment."""
