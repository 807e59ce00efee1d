"""What the web is given: the wiring assembles it, and tests give fakes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from bot.app.ports import NO_TRACES
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.alertmanager import parse_alertmanager
from bot.ingest.labels import LabelPolicy

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from prometheus_client import CollectorRegistry

    from bot.app.explaining import IncidentExplained
    from bot.app.ports import Clock, IncidentFilter, Person, Publisher, Tracer
    from bot.domain.alert import AlertEvent
    from bot.domain.explanation import Explanation
    from bot.domain.failures import FailureRates
    from bot.domain.incident import Severity
    from bot.domain.matchers import Matcher
    from bot.domain.quieting import Quiet
    from bot.domain.verdicts import Judgement
    from bot.domain.view import IncidentView
    from bot.ingest.parsed import Parsed, Rejected

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Check = Callable[[], Awaitable[None]]
"""Raises where what it checks is not well; the error's text is shown to whoever asks `/readyz`."""


class IncidentCases(Protocol):
    """The use cases behind the API and the pages. A reference is an id or a name (`INC-12`).

    All but the list raise NotFoundError; the acts raise TransitionError and ConflictError; any raises
    StoreUnavailableError.
    """

    async def list_incidents(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        """A page, newest first, and the cursor of the next."""

    async def view_incident(self, reference: str) -> IncidentView:
        """One incident."""

    async def declare(
        self, title: str, severity: Severity, services: Sequence[str], environment: str, person: Person
    ) -> IncidentView:
        """Open an incident by hand."""

    async def acknowledge(self, reference: str, person: Person) -> IncidentView:
        """Somebody has taken it."""

    async def resolve(self, reference: str, person: Person) -> IncidentView:
        """It is over."""

    async def reopen(self, reference: str, person: Person) -> IncidentView:
        """It is not over after all."""

    async def postmortem(self, reference: str) -> str:
        """The draft, in Markdown."""


class VerdictCases(Protocol):
    """The use cases about causes; errors as those of `IncidentCases`."""

    async def judge(
        self, reference: str, judgement: Judgement, person: Person, change_id: str = "", source: str = ""
    ) -> IncidentView:
        """Somebody says what caused it, or what did not."""

    async def withdraw(self, reference: str, verdict_id: str, person: Person) -> IncidentView:
        """Somebody takes a word back."""

    async def failure_rates(self, since: datetime, until: datetime, environment: str | None) -> FailureRates:
        """The change failure rates of a period."""


class SilenceCases(Protocol):
    """The use cases of silences; any raises StoreUnavailableError."""

    async def silence(
        self,
        matchers: Sequence[Matcher],
        length: timedelta,
        person: Person,
        comment: str = "",
        incident: str | None = None,
    ) -> Quiet:
        """Keep matching alerts quiet from now on; raises InvalidInputError, NotFoundError."""

    async def active(self) -> list[Quiet]:
        """What is kept quiet now or will be."""

    async def expire(self, quiet_id: str, person: Person) -> Quiet:
        """End one now; raises NotFoundError, and InvalidInputError where it is kept elsewhere."""


class ExplainCases(Protocol):
    """Why incidents opened and alerts did not; any raises StoreUnavailableError."""

    async def explain(self, event: AlertEvent) -> Explanation:
        """What would be decided about the alert now."""

    async def explain_incident(self, reference: str) -> IncidentExplained:
        """Why it opened, and why its alerts came to it; raises NotFoundError."""

    async def explain_alerts(self, labels: Mapping[str, str]) -> list[Explanation]:
        """What was decided at last about each alert with these labels."""


class Quarantine(Protocol):
    """Keeps what a webhook could not read."""

    async def __call__(self, source: str, rejected: Sequence[Rejected], at: datetime) -> None:
        """Keep these, with their reasons.

        Raises:
            StoreUnavailableError: they could not be kept.
        """


class WebhookParser(Protocol):
    """Reads the body of one source's webhook."""

    def __call__(self, body: bytes, received_at: datetime, policy: LabelPolicy) -> Parsed:
        """The events in it.

        Raises:
            InvalidInputError: nothing in it can be read.
        """


@dataclass(frozen=True, slots=True)
class Tokens:
    """The bearer tokens; an empty one is not set, and its part then answers loopback only.

    With `allow_anonymous` it answers everybody instead.
    """

    webhook: str = field(default="", repr=False)
    api: str = field(default="", repr=False)
    allow_anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a request. Senders give up on us after some seconds, so the broker has fewer.

    A body may take `body_seconds`, and `stall_seconds` without a byte of it.
    """

    body_bytes: int = 16 * 2**20
    bodies_bytes: int = 128 * 2**20
    body_seconds: float = 30.0
    stall_seconds: float = 10.0
    acknowledgement_seconds: float = 4.0
    quarantine_seconds: float = 2.0
    page: int = 50
    largest_page: int = 200


@dataclass(frozen=True, slots=True)
class WebDeps:
    """Everything that the web needs. `checks` are those of `/readyz` by name."""

    publisher: Publisher
    incidents: IncidentCases
    verdicts: VerdictCases
    silences: SilenceCases
    explainer: ExplainCases
    quarantine: Quarantine
    tokens: Tokens
    clock: Clock
    registry: CollectorRegistry
    checks: Mapping[str, Check]
    slack: Handler | None = None
    rules: RuleSet = field(default_factory=lambda: RuleSet([DEFAULT_RULE]))
    policy: LabelPolicy = field(default_factory=LabelPolicy)
    limits: Limits = field(default_factory=Limits)
    parsers: Mapping[str, WebhookParser] = field(default_factory=lambda: {"alertmanager": parse_alertmanager})
    public_url: str = ""
    tracer: Tracer = NO_TRACES
