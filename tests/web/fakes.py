"""Use cases in memory, a story to show, and a client of the whole application over them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from bot.app.explaining import IncidentExplained
from bot.app.silences import SilenceDesk
from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.catalog import Catalog
from bot.domain.change import Change, ChangeKind
from bot.domain.decisions import DecisionKind, Snapshot, TimelineEntry
from bot.domain.errors import InvalidInputError, NotFoundError, StoreUnavailableError
from bot.domain.explanation import Recorded, foresee, recall
from bot.domain.failures import FailureRate, FailureRates, together
from bot.domain.incident import Act, Incident, Reason, Severity, State, after
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.domain.suspects import Ranking, Suspect, Term
from bot.domain.verdicts import Judgement, Verdict
from bot.domain.view import ChannelRef, IncidentView, RunSummary, StepSummary
from bot.ingest.any_alert import read_alerts
from bot.ingest.labels import LabelPolicy
from bot.web.app import create_app
from bot.web.deps import Limits, Tokens, WebDeps
from tests.kafka.memory import MemoryPublisher
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

    from bot.app.ports import IncidentFilter, Person, Store
    from bot.domain.alert import AlertEvent
    from bot.domain.explanation import Explanation
    from bot.ingest.parsed import Rejected

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOKENS = Tokens(webhook="sender-token", api="api-token")
SENDER = {"Authorization": "Bearer sender-token"}
API = {"Authorization": "Bearer api-token"}


class MemoryCases:
    """Incidents in a list; `away` is whether the database is."""

    def __init__(self, *views: IncidentView) -> None:
        self.views = list(views)
        self.asked: list[IncidentFilter] = []
        self.people: list[Person] = []
        self.away = False

    async def list_incidents(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        if self.away:
            raise StoreUnavailableError("connection refused")
        self.asked.append(wanted)
        found = [view for view in self.views if wanted.state in {None, view.incident.state}]
        first = int(wanted.after or 0)
        following = first + wanted.limit
        return found[first:following], str(following) if following < len(found) else None

    async def view_incident(self, reference: str) -> IncidentView:
        for view in self.views:
            if reference in {view.incident.name, view.incident.id}:
                return view
        raise NotFoundError(reference)

    async def declare(
        self, title: str, severity: Severity, services: Sequence[str], environment: str, person: Person
    ) -> IncidentView:
        self.people.append(person)
        incident = replace(
            an_incident(99), title=title, severity=severity, services=tuple(services), environment=environment
        )
        self.views.append(IncidentView(incident, (), (), None, (), None))
        return self.views[-1]

    async def acknowledge(self, reference: str, person: Person) -> IncidentView:
        return await self._act(reference, Act.ACKNOWLEDGE, person)

    async def resolve(self, reference: str, person: Person) -> IncidentView:
        return await self._act(reference, Act.RESOLVE, person)

    async def reopen(self, reference: str, person: Person) -> IncidentView:
        return await self._act(reference, Act.REOPEN, person)

    async def postmortem(self, reference: str) -> str:
        view = await self.view_incident(reference)
        return f"# {view.incident.name}\n\n| a | b |\n|---|---|\n| 1 | <script>alert(1)</script> |\n"

    async def _act(self, reference: str, act: Act, person: Person) -> IncidentView:
        view = await self.view_incident(reference)
        self.people.append(person)
        view.incident.state = after(view.incident.state, act)
        return view


class MemoryVerdictCases:
    """Words on the causes of the same incidents; `asked` holds what the rates were asked for."""

    def __init__(self, cases: MemoryCases) -> None:
        self._cases = cases
        self.asked: list[tuple[datetime, datetime, str | None]] = []

    async def judge(
        self, reference: str, judgement: Judgement, person: Person, change_id: str = "", source: str = ""
    ) -> IncidentView:
        view = await self._cases.view_incident(reference)
        if judgement is not Judgement.NO_CHANGE and not change_id:
            raise InvalidInputError("change_id", "is missing", "name the change that is judged")
        suspects = view.ranking.suspects if view.ranking else ()
        changes = [one.change for one in suspects if one.change.change_id == change_id]
        if change_id and (not changes or source not in {"", changes[0].source}):
            raise NotFoundError(f"change {change_id!r}")
        verdict = Verdict(
            id=f"v{len(view.verdicts) + 1}",
            incident_id=view.incident.id,
            judgement=judgement,
            change=changes[0] if changes else None,
            person=person.id,
            by=person.mention,
            via=person.via,
            at=NOW,
        )
        return self._keep(view, (*view.verdicts, verdict))

    async def withdraw(self, reference: str, verdict_id: str, person: Person) -> IncidentView:
        view = await self._cases.view_incident(reference)
        if verdict_id not in {one.id for one in view.verdicts}:
            raise NotFoundError(f"verdict {verdict_id!r}")
        taken_back = tuple(
            replace(one, withdrawn_at=NOW, withdrawn_by=person.mention) if one.id == verdict_id else one
            for one in view.verdicts
        )
        return self._keep(view, taken_back)

    async def failure_rates(self, since: datetime, until: datetime, environment: str | None) -> FailureRates:
        self.asked.append((since, until, environment))
        rate = FailureRate("checkout", 8, 2)
        return FailureRates(since, until, environment, (rate,), together((rate,)), incidents=5, judged=3)

    def _keep(self, view: IncidentView, verdicts: tuple[Verdict, ...]) -> IncidentView:
        kept = replace(view, verdicts=verdicts)
        self._cases.views[self._cases.views.index(view)] = kept
        return kept


class MemoryExplainer:
    """One rule for everything; an alert called Quiet was silenced, incidents opened as they say."""

    def __init__(self, cases: MemoryCases) -> None:
        self._cases = cases
        self.rules = RuleSet([DEFAULT_RULE])

    async def explain(self, event: AlertEvent) -> Explanation:
        return foresee(event, Snapshot(), self.rules, Catalog())

    async def explain_incident(self, reference: str) -> IncidentExplained:
        incident = (await self._cases.view_incident(reference)).incident
        if not incident.alerts:
            return IncidentExplained(incident, None)
        opened = Recorded(an_event(), DecisionKind.OPEN, incident.reason.name, incident.id)
        joined = Recorded(an_event("HighLatency"), DecisionKind.ATTACH, "same_group", incident.id)
        return IncidentExplained(
            incident,
            recall(opened, self.rules, incident=incident, rule="old", text=incident.reason.text),
            (recall(joined, self.rules, incident=incident),),
            more=True,
        )

    async def explain_alerts(self, labels: Mapping[str, str]) -> list[Explanation]:
        if labels.get("alertname") != "Quiet":
            return []
        silenced = Recorded(an_event("Quiet"), DecisionKind.SUPPRESS, "silenced", None)
        return [recall(silenced, self.rules, text="Silenced by @ada.")]


def an_event(name: str = "HighErrorRate") -> AlertEvent:
    [event] = read_alerts(
        json.dumps({"labels": {"alertname": name, "service": "checkout", "x": "<b>"}}).encode(),
        NOW,
        LabelPolicy(),
    )
    return event


@dataclass
class Kept:
    """What was quarantined; `away` is whether the database is."""

    rejected: list[Rejected] = field(default_factory=list)
    away: bool = False

    async def __call__(self, source: str, rejected: Sequence[Rejected], at: datetime) -> None:
        assert (source, at) == ("alertmanager", NOW)
        if self.away:
            raise StoreUnavailableError("connection refused")
        self.rejected.extend(rejected)


def an_incident(number: int = 12, **changed: Any) -> Incident:
    incident = Incident(
        id=f"0190-{number}",
        title="HighErrorRate on checkout",
        state=State.TRIGGERED,
        severity=Severity.CRITICAL,
        environment="production",
        rule="default",
        reason=Reason("first_of_group", "2 alerts of checkout within 30 s, none of them in an open incident"),
        services=("checkout", "payments"),
        opened_at=NOW - timedelta(minutes=12),
        onset=NOW - timedelta(minutes=13),
        last_alert_at=NOW - timedelta(minutes=9),
        number=number,
        firing=1,
        alerts=2,
    )
    return replace(incident, **changed)


def a_view(incident: Incident | None = None) -> IncidentView:
    incident = incident or an_incident()
    return IncidentView(
        incident,
        (an_alert("a1", AlertStatus.FIRING), an_alert("a2", AlertStatus.RESOLVED)),
        tuple(
            TimelineEntry(incident.id, NOW - timedelta(minutes=minutes), kind, text, source)
            for minutes, kind, text, source in (
                (13, "alert fired", "5xx ratio of checkout is 12 % (threshold 5 %)", "alertmanager"),
                (12, "opened", incident.reason.text, "rule default"),
                (
                    11,
                    "playbook",
                    "Checkout errors: looked up the error ratio, 12.4 %",
                    "playbook checkout-errors",
                ),
                (9, "joined", "payments: HighLatency joins, payments calls checkout", "rule default"),
            )
        ),
        a_ranking(incident.id),
        (a_run(),),
        ChannelRef("T1", "C1", "inc-12-high-error-rate-checkout"),
    )


def an_alert(fingerprint: str, status: AlertStatus) -> Occurrence:
    return Occurrence(
        source="alertmanager",
        fingerprint=fingerprint,
        starts_at=NOW - timedelta(minutes=13),
        status=status,
        ends_at=NOW - timedelta(minutes=2) if status is AlertStatus.RESOLVED else None,
        name="HighErrorRate",
        service="checkout",
        environment="production",
        labels={"alertname": "HighErrorRate", "service": "checkout", "instance": "checkout-7d9f:8080"},
        annotations={"summary": "5xx ratio of checkout is 12 % (threshold 5 %)"},
        generator_url="http://prometheus.example.com:9090/graph",
        received_at=NOW - timedelta(minutes=12),
    )


def a_ranking(incident_id: str, *, shown: bool = True) -> Ranking:
    change = Change(
        change_id="deploy-42",
        source="argo",
        kind=ChangeKind.DEPLOY,
        service="checkout",
        environment="production",
        time=NOW - timedelta(minutes=16),
        received_at=NOW - timedelta(minutes=16),
        summary="checkout 2.4.0: new tax rounding",
        version="2.4.0",
        author="ada",
        url="https://ci.example.com/42",
    )
    reasons = (
        Term("delay", 2.1, "made 3 min before the first alert"),
        Term("same_service", 1.8, "to checkout, which alerts"),
        Term("kind", -0.3, "deploys are frequent here"),
    )
    second = replace(
        change, change_id="flag-7", kind=ChangeKind.FEATURE_FLAG, summary="", version="", url="javascript:x"
    )
    return Ranking(
        incident_id,
        NOW,
        (Suspect(change, 0.71, reasons), Suspect(second, 0.004, (Term("delay", -1.2, "made 6 h before"),))),
        0.28,
        (),
        7,
        shown,
    )


def a_run() -> RunSummary:
    return RunSummary(
        "r1",
        "checkout-errors",
        "Checkout errors",
        "waiting_approval",
        NOW - timedelta(minutes=11),
        None,
        (
            StepSummary("look-up", "Look up the error ratio", "succeeded", "12.4 % over 5 min"),
            StepSummary("ask", "Roll back checkout to 2.3.9?", "waiting_approval", asks="approve"),
            StepSummary("roll-back", "Roll back", "pending"),
        ),
    )


@dataclass
class Web:
    """The application over fakes."""

    client: TestClient[web.Request, web.Application]
    cases: MemoryCases
    verdicts: MemoryVerdictCases
    publisher: MemoryPublisher
    kept: Kept
    registry: CollectorRegistry

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def deps(*views: IncidentView, tokens: Tokens = TOKENS, limits: Limits | None = None, **more: Any) -> WebDeps:
    cases = MemoryCases(*views)
    return WebDeps(
        publisher=MemoryPublisher(),
        incidents=cases,
        verdicts=MemoryVerdictCases(cases),
        silences=SilenceDesk(cast("Store", FakeStore()), lambda: NOW, lambda: "s1"),
        explainer=MemoryExplainer(cases),
        quarantine=Kept(),
        tokens=tokens,
        clock=lambda: NOW,
        registry=CollectorRegistry(),
        checks=more.pop("checks", {}),
        limits=limits or Limits(),
        **more,
    )


async def start(given: WebDeps) -> Web:
    client = TestClient(TestServer(create_app(given)))
    await client.start_server()
    assert isinstance(given.incidents, MemoryCases)
    assert isinstance(given.verdicts, MemoryVerdictCases)
    assert isinstance(given.publisher, MemoryPublisher)
    assert isinstance(given.quarantine, Kept)
    return Web(client, given.incidents, given.verdicts, given.publisher, given.quarantine, given.registry)
