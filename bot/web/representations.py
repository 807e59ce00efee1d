"""The API's view of an incident: the public contract as models, and how they are made from the domain's."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.app.silences import MOST_MATCHERS
from bot.domain.alert import AlertStatus
from bot.domain.change import ChangeKind
from bot.domain.failures import DEFINITION
from bot.domain.incident import Severity, State
from bot.domain.quieting import QuietKind
from bot.domain.verdicts import Judgement, standing
from playbooks.durations import Duration

if TYPE_CHECKING:
    from bot.domain.alert import Occurrence
    from bot.domain.failures import FailureRate, FailureRates
    from bot.domain.quieting import Quiet
    from bot.domain.suspects import LaterTrouble, Suspect, Term
    from bot.domain.view import IncidentView, RunSummary

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ReasonModel(BaseModel):
    """Why the incident opened: a stable name, and a sentence."""

    name: str
    text: str


class ChannelModel(BaseModel):
    """The incident's Slack channel."""

    id: str
    name: str


class AlertModel(BaseModel):
    """The latest known occurrence of one alert."""

    fingerprint: str
    source: str
    name: str
    service: str
    status: AlertStatus
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None


class TermModel(BaseModel):
    """One reason: a log-likelihood ratio (natural logarithm), positive where it speaks for guilt."""

    name: str
    value: float
    text: str


class SuspectModel(BaseModel):
    """A change that may have caused the incident."""

    change_id: str
    source: str
    service: str
    type: ChangeKind
    time: datetime
    summary: str
    author: str
    url: str
    probability: float
    reasons: list[TermModel]


class LaterModel(BaseModel):
    """Alerts since then probably are trouble of their own; the suspects are those of that.

    `former` is the best suspect for what the incident began with, where one is worth naming.
    """

    since: datetime
    services: list[str]
    probability: float
    former: SuspectModel | None


class VerdictModel(BaseModel):
    """What a person said about the cause; `counts` where no later word has overruled it."""

    id: str
    verdict: Judgement
    change_id: str | None
    source: str | None
    service: str | None
    by: str
    via: str
    at: datetime
    counts: bool
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class TimelineModel(BaseModel):
    """One line of the incident's story."""

    time: datetime
    kind: str
    text: str
    source: str


class StepModel(BaseModel):
    """One step of a playbook run."""

    name: str
    title: str
    state: str
    text: str


class RunModel(BaseModel):
    """A playbook run."""

    id: str
    playbook: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    steps: list[StepModel]


class IncidentModel(BaseModel):
    """One incident. `no_change_probability` is null until suspects have been ranked.

    `suspect_named` says whether any suspect is probable enough to be named to people; `calibrated` whether
    the probabilities have been measured against labelled incidents. The suspects are those of
    `later_trouble`, if there is some.
    """

    id: str = Field(examples=["INC-12"])
    title: str
    state: State
    severity: Severity
    environment: str
    services: list[str]
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    monitoring_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    rule: str
    reason: ReasonModel
    channel: ChannelModel | None
    alerts: list[AlertModel]
    suspects: list[SuspectModel]
    suspect_named: bool
    later_trouble: LaterModel | None = None
    calibrated: bool
    no_change_probability: float | None
    verdicts: list[VerdictModel]
    timeline: list[TimelineModel]
    runs: list[RunModel]


class IncidentPage(BaseModel):
    """A page of incidents, newest first; `next` is the `cursor` of the following one."""

    items: list[IncidentModel]
    next: str | None


class Declaration(BaseModel):
    """An incident that somebody opens by hand."""

    model_config = ConfigDict(extra="forbid")

    title: Line
    severity: Severity = Severity.ERROR
    services: list[Line] = Field(default=[], max_length=50)
    environment: Line = "unknown"
    by: Line | None = Field(default=None, description="Who declares; the API itself where it is not said")


class ActRequest(BaseModel):
    """An act on an incident; the body may be left out."""

    model_config = ConfigDict(extra="forbid")

    by: Line | None = Field(default=None, description="Who acts; the API itself where it is not said")


class VerdictRequest(BaseModel):
    """A person's word about the cause of an incident."""

    model_config = ConfigDict(extra="forbid")

    verdict: Judgement
    change_id: Name = Field(default="", description="The change that is judged; none for `no_change`")
    source: Name = Field(default="", description="Who reported the change, where its id alone is not unique")
    by: Line | None = Field(default=None, description="Who says so; the API itself where it is not said")


class SilenceRequest(BaseModel):
    """Alerts to be kept quiet: Alertmanager's matchers, all of which must hold, and for how long."""

    model_config = ConfigDict(extra="forbid")

    matchers: list[Annotated[str, StringConstraints(max_length=1000)]] = Field(
        min_length=1, max_length=MOST_MATCHERS, examples=[['service="checkout"']]
    )
    length: Duration = Field(alias="for", description="As in `30m` or `2h`; at most 30 days")
    reason: Name = Field(default="", description="What for, as people read it")
    by: Line | None = Field(default=None, description="Who asks; the API itself where it is not said")
    incident: Line | None = Field(
        default=None, description="The id or the name of an incident whose channel and timeline tell of it"
    )


class SilenceModel(BaseModel):
    """A silence or a maintenance window; `source` is who keeps it: `tocsin`, or an Alertmanager's address."""

    id: str
    kind: QuietKind
    matchers: list[str]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str
    source: str


class SilencePage(BaseModel):
    """What is kept quiet now or will be, the first to end first."""

    items: list[SilenceModel]


class FailureRateModel(BaseModel):
    """One service: changes made, those that caused an incident, and their ratio (null without changes)."""

    service: str
    changes: int
    failed: int
    rate: float | None


class FailureRatesModel(BaseModel):
    """Change failure rates of a period, with what they mean; incidents opened in it, and those judged."""

    definition: str
    since: datetime
    until: datetime
    environment: str | None
    services: list[FailureRateModel]
    total: FailureRateModel
    incidents: int
    judged: int


class FieldProblemModel(BaseModel):
    """What is wrong with one field; an empty path is the whole body."""

    path: str
    problem: str


class ProblemModel(BaseModel):
    """An error as problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblemModel] = []


class WebhookAnswer(BaseModel):
    """What became of a webhook's alerts: the first 100 rejections are named, all are counted."""

    accepted: int
    rejected: list[FieldProblemModel]
    rejected_count: int
    truncated: int


class EventAnswer(BaseModel):
    """The change was taken."""

    accepted: int
    id: str
    rejected: list[FieldProblemModel]


def silence_model(quiet: Quiet) -> SilenceModel:
    """A silence as the contract shows it."""
    return SilenceModel(
        id=quiet.id,
        kind=quiet.kind,
        matchers=[str(one) for one in quiet.matchers],
        starts_at=quiet.starts_at,
        ends_at=quiet.ends_at,
        by=quiet.by,
        reason=quiet.comment,
        source=quiet.source,
    )


def incident_model(view: IncidentView) -> IncidentModel:
    """An incident as the contract shows it."""
    incident, ranking, channel = view.incident, view.ranking, view.channel
    return IncidentModel(
        id=incident.name,
        title=incident.title,
        state=incident.state,
        severity=incident.severity,
        environment=incident.environment,
        services=list(incident.services),
        opened_at=incident.opened_at,
        acknowledged_at=incident.acknowledged_at,
        acknowledged_by=incident.acknowledged_by or None,
        monitoring_at=incident.monitoring_at,
        resolved_at=incident.resolved_at,
        resolved_by=incident.resolved_by or None,
        rule=incident.rule,
        reason=ReasonModel(name=incident.reason.name, text=incident.reason.text),
        channel=ChannelModel(id=channel.id, name=channel.name) if channel else None,
        alerts=[_alert(alert) for alert in view.alerts],
        suspects=[_suspect(suspect) for suspect in ranking.suspects] if ranking else [],
        suspect_named=ranking is not None and ranking.shown,
        later_trouble=_later(ranking.later) if ranking and ranking.later else None,
        calibrated=ranking is not None and ranking.calibrated,
        no_change_probability=ranking.no_change if ranking else None,
        verdicts=_verdicts(view),
        timeline=[
            TimelineModel(time=entry.time, kind=entry.kind, text=entry.text, source=entry.source)
            for entry in view.timeline
        ],
        runs=[_run(run) for run in view.runs],
    )


def _later(later: LaterTrouble) -> LaterModel:
    return LaterModel(
        since=later.since,
        services=list(later.services),
        probability=later.probability,
        former=_suspect(later.former) if later.former else None,
    )


def _alert(alert: Occurrence) -> AlertModel:
    return AlertModel(
        fingerprint=alert.fingerprint,
        source=alert.source,
        name=alert.name,
        service=alert.service,
        status=alert.status,
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
        starts_at=alert.starts_at,
        ends_at=alert.ends_at,
    )


def _suspect(suspect: Suspect) -> SuspectModel:
    change = suspect.change
    return SuspectModel(
        change_id=change.change_id,
        source=change.source,
        service=change.service,
        type=change.kind,
        time=change.time,
        summary=change.summary,
        author=change.author,
        url=change.url,
        probability=suspect.probability,
        reasons=[_term(term) for term in suspect.reasons],
    )


def _verdicts(view: IncidentView) -> list[VerdictModel]:
    said = standing(view.verdicts)
    counting = {one.id for one in (said.cause, said.no_change, *said.ruled_out) if one is not None}
    return [
        VerdictModel(
            id=one.id,
            verdict=one.judgement,
            change_id=one.change.change_id if one.change else None,
            source=one.change.source if one.change else None,
            service=one.change.service if one.change else None,
            by=one.by,
            via=one.via,
            at=one.at,
            counts=one.id in counting,
            withdrawn_at=one.withdrawn_at,
            withdrawn_by=one.withdrawn_by or None,
        )
        for one in view.verdicts
    ]


def failure_rates_model(rates: FailureRates) -> FailureRatesModel:
    """The change failure rates as the contract shows them."""
    return FailureRatesModel(
        definition=DEFINITION,
        since=rates.since,
        until=rates.until,
        environment=rates.environment,
        services=[_rate(one) for one in rates.services],
        total=_rate(rates.total),
        incidents=rates.incidents,
        judged=rates.judged,
    )


def _rate(rate: FailureRate) -> FailureRateModel:
    return FailureRateModel(service=rate.service, changes=rate.changes, failed=rate.failed, rate=rate.rate)


def _term(term: Term) -> TermModel:
    return TermModel(name=term.name, value=term.value, text=term.text)


def _run(run: RunSummary) -> RunModel:
    return RunModel(
        id=run.id,
        playbook=run.playbook,
        state=run.state,
        started_at=run.started_at,
        ended_at=run.ended_at,
        steps=[
            StepModel(name=step.name, title=step.title, state=step.state, text=step.text)
            for step in run.steps
        ],
    )
