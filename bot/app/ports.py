"""The ports: what the use cases ask of the store, of Kafka, of Slack and of the pager.

Each is a small Protocol; one suite of tests runs against its fake and against the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.change import Change
    from bot.domain.decisions import Decision, Outcome, Snapshot, TimelineEntry
    from bot.domain.effects import Effect, EffectKind, Timer, TimerKind
    from bot.domain.explanation import Recorded
    from bot.domain.incident import Incident, State
    from bot.domain.opening_scope import OpeningScope
    from bot.domain.quieting import Quiet
    from bot.domain.rules import Routed
    from bot.domain.suspects import Evidence, Ranking
    from bot.domain.verdicts import Verdict
    from bot.domain.view import ChannelRef, IncidentView, RunSummary
    from playbooks.model import Run


# -- time and identity


class Clock(Protocol):
    """Says what time it is, aware and in UTC."""

    def __call__(self) -> datetime:
        """Now."""


class Ids(Protocol):
    """Makes row keys: UUIDv7 in text form."""

    def __call__(self) -> str:
        """A new one."""


# -- PostgreSQL


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents a list holds; `after` is the cursor of the page before."""

    state: State | None = None
    service: str | None = None
    since: datetime | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ClaimedEffect:
    """An effect under lease.

    `fence` must still be the row's when the outcome is recorded. `uncertain_since` is the start of the first
    attempt whose outcome is not known (a lost reply, a killed worker); None where every earlier attempt is
    known to have done nothing. `failing_since` is the first failed attempt since the last success.
    """

    id: str
    effect: Effect
    attempt: int
    fence: int
    created_at: datetime
    uncertain_since: datetime | None
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimedTimer:
    """A timer that is due, under lease."""

    timer: Timer
    fence: int


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

    async def concerned(self, timer: Timer, limit: int) -> list[Occurrence]:
        """The alerts that a timer is about (see `waking`), with their labels, those heard of first."""

    async def save(self, outcome: Outcome) -> None:
        """Write what a batch changed, in sets, and give new incidents their numbers.

        Raises:
            ConflictError: an incident's version or an open group key was taken by somebody else, or a silence
                that was relied on has been changed.
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

    async def explainable(
        self, wanted: Sequence[tuple[Change, Collection[str] | None]], look_back: timedelta
    ) -> list[str]:
        """The open incidents (ids, sorted) that the changes could explain.

        By environment and time, and by services: one of those beside the change (None: any) must be the
        incident's, where it has any.
        """

    async def rolled_back(self, incident_ids: Collection[str]) -> list[str]:
        """Those of the incidents (ids, sorted) since whose onset something was rolled back."""


class Rankings(Protocol):
    """The evidence of incidents, the candidates, and the rankings made of them."""

    async def evidence(self, incident_ids: Collection[str], at: datetime) -> list[Evidence]:
        """The services that alert in each incident, with the first onset of each, and its first alerts.

        Locks the incidents.

        An incident without alerts, one that was declared, is about its services since its onset.
        """

    async def candidates(
        self, wanted: Sequence[tuple[Evidence, frozenset[str]]], look_back: timedelta
    ) -> dict[str, list[Change]]:
        """By incident id, the changes to the named services in its environment, where both are known.

        From `look_back` before its onset until now; at most the latest 500 of each service.
        """

    async def save(self, rankings: Sequence[Ranking]) -> dict[str, int]:
        """Keep the rankings; gives each incident's revision number (1 for its first)."""

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


class Outbox(Protocol):
    """Effects that wait, are being worked on, or are over."""

    async def add(self, effects: Iterable[Effect]) -> None:
        """Enter effects and wake delivery; one whose key or waiting `coalesce` is there adds nothing."""

    async def claim(
        self, worker: str, now: datetime, lease: timedelta, limit: int, kinds: Collection[EffectKind] | None
    ) -> list[ClaimedEffect]:
        """Take the first waiting effect of up to `limit` lanes, or one whose lease has run out."""

    async def renew(self, claimed: ClaimedEffect, now: datetime, lease: timedelta) -> bool:
        """Lengthen the lease; false where it was lost."""

    async def done(self, claimed: ClaimedEffect, now: datetime, result: Mapping[str, Any]) -> bool:
        """It happened; false (and nothing written) where the lease was lost."""

    async def again(
        self, claimed: ClaimedEffect, now: datetime, due_at: datetime, error: str, *, uncertain: bool
    ) -> bool:
        """Try it again from `due_at`; `uncertain` where the attempt may have acted all the same."""

    async def dead(self, claimed: ClaimedEffect, now: datetime, error: str) -> bool:
        """It will never happen; the lane goes on with the next."""

    async def waiting(self) -> int:
        """How many effects are neither done nor dead."""


class Timers(Protocol):
    """Reminders."""

    async def set(self, timers: Iterable[Timer]) -> None:
        """Enter timers; a newer generation of the same kind and subject replaces the older."""

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> list[ClaimedTimer]:
        """Take timers that are due."""

    async def done(self, claimed: ClaimedTimer) -> bool:
        """It was dealt with; false where the lease was lost or a newer generation is set."""

    async def cancel(self, kind: TimerKind, subject: str) -> None:
        """Forget a timer."""


class DeadLetters(Protocol):
    """Input that could not be understood, kept with the reason."""

    async def quarantine(self, source: str, reason: str, path: str, body: bytes, at: datetime) -> None:
        """Keep what a webhook could not read."""


class UnitOfWork(Protocol):
    """One transaction with its repositories; it commits when its block ends without an exception."""

    @property
    def inbox(self) -> Inbox:
        """What has been taken in."""

    @property
    def board(self) -> Board:
        """Alerts, groups and incidents, for deciding."""

    @property
    def quiets(self) -> Quiets:
        """Silences and maintenance windows."""

    @property
    def events(self) -> EventLog:
        """The events, for replay."""

    @property
    def past(self) -> Past:
        """What was decided."""

    @property
    def changes(self) -> Changes:
        """The changes."""

    @property
    def rankings(self) -> Rankings:
        """The suspects."""

    @property
    def verdicts(self) -> Verdicts:
        """What people say about the suspects."""

    @property
    def incidents(self) -> Incidents:
        """The incidents."""

    @property
    def chat(self) -> ChatRecords:
        """What we own in Slack."""

    @property
    def runs(self) -> Runs:
        """The playbook runs."""

    @property
    def outbox(self) -> Outbox:
        """The effects."""

    @property
    def timers(self) -> Timers:
        """The reminders."""

    @property
    def dead_letters(self) -> DeadLetters:
        """What could not be read."""


class Store(Protocol):
    """PostgreSQL."""

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction.

        Raises:
            StoreUnavailableError: the database cannot be reached or broke off; nothing was written.
            ConflictError: a serialisation failure or deadlock; nothing was written.
        """

    def singly(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """The repositories without a transaction: each statement sees what is committed, and commits.

        For reading, and for a write that is one statement.

        Raises:
            StoreUnavailableError, ConflictError: as `begin`.
        """

    async def check(self) -> None:
        """Make sure that the database answers and its schema is in our range.

        Raises:
            StoreUnavailableError: it does not, with the reason.
        """

    def wakes(
        self, channel: Literal["outbox", "timers"], kinds: Collection[str] = ()
    ) -> AbstractAsyncContextManager[Wake]:
        """Subscribe to the news that there is work (LISTEN/NOTIFY); a slow poll backs it up.

        With `kinds`, only to work of these kinds.
        """


class Wake(Protocol):
    """A subscription to news of work."""

    async def wait(self, at_most: float) -> None:
        """Return when there may be work, or after `at_most` seconds."""


# -- Kafka


@dataclass(frozen=True, slots=True)
class OutRecord:
    """One record to produce; `topic` is the contract's name, without the installation's prefix."""

    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Publisher(Protocol):
    """The producer's side of Kafka."""

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Send, and return when the broker has acknowledged all of them.

        Raises:
            BrokerUnavailableError: not all were acknowledged within so many seconds.
        """

    async def check(self) -> None:
        """Make sure that the broker answers.

        Raises:
            BrokerUnavailableError: it does not.
        """


# -- Slack and the pager


@dataclass(frozen=True, slots=True)
class Message:
    """What to show: `text` is the fallback for notifications, `blocks` are Block Kit as JSON."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()


class Chat(Protocol):
    """Slack, call by call.

    Every method raises RateLimitedError, RemoteUnavailableError (it may have acted), RemoteMisconfiguredError
    (it did nothing: a token or a permission is missing) or RemoteRefusedError. The `detail` of the last two
    is Slack's error name.
    """

    async def create_channel(self, name: str) -> ChannelRef:
        """Create a public channel; `detail` is `name_taken` where there is one."""

    async def find_own_channel(self, name: str, not_before: datetime) -> ChannelRef | None:
        """The channel of that name, if our own bot created it, not before then."""

    async def set_topic(self, channel_id: str, topic: str) -> None:
        """Set the topic (cut to 250 characters)."""

    async def invite(self, channel_id: str, people: Sequence[str]) -> None:
        """Invite users (ids or e-mail addresses) and user groups (`@handle` or id).

        Those there already count as invited, and one that cannot be invited does not keep the others out.
        """

    async def post(self, channel_id: str, message: Message, key: str, thread_ts: str | None = None) -> str:
        """Post with `key` in the metadata; gives the message's ts."""

    async def find_message(
        self, channel_id: str, key: str, not_before: datetime, thread_ts: str | None = None
    ) -> str | None:
        """The ts of our message with that key, if it is there (in that thread, where one is named)."""

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Replace what a message shows."""

    async def check(self) -> None:
        """Make sure that the token is accepted."""


class Cards(Protocol):
    """Draws what people see in Slack; pure."""

    def status(self, view: IncidentView) -> Message:
        """The living message at the top of the channel."""

    def suspects(self, view: IncidentView) -> Message:
        """The suspects with their reasons."""

    def run(self, view: IncidentView, run: RunSummary) -> Message:
        """A playbook run: its steps, results, and the buttons that it waits for."""

    def note(self, text: str) -> Message:
        """One sentence."""

    def announcement(self, view: IncidentView) -> Message:
        """What other channels hear when the incident opens."""

    def postmortem(self, view: IncidentView, markdown: str, url: str) -> Message:
        """The draft, with a link to the whole."""

    def topic(self, view: IncidentView) -> str:
        """The channel's topic."""


class Pager(Protocol):
    """The generic signed webhook that wakes somebody."""

    async def page(self, body: Mapping[str, Any], key: str) -> None:
        """Send it, with `key` as the Idempotency-Key.

        Raises:
            RemoteUnavailableError: it did not answer, or with a server error.
            RemoteRefusedError: it answered with a client error.
        """


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a Slack user, or a caller of the API."""

    id: str
    name: str
    via: Literal["slack", "api"] = "slack"

    @property
    def mention(self) -> str:
        """How the timeline names the person."""
        return f"@{self.name}" if self.via == "slack" else self.name


@dataclass(frozen=True, slots=True)
class IncidentPolicy:
    """What an installation decides about its incidents, from `tocsin.yaml`."""

    channel_template: str = "inc-{number}-{slug}"
    look_back_seconds: float = 86_400.0
    page_when_slack_fails_seconds: float = 60.0
    console_url: str = ""
    team_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
