"""Explanations as JSON: the same for the API and for `tocsin rules explain -o json`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from bot.domain.alert import AlertStatus
from bot.domain.decisions import DecisionKind
from bot.web.representations import ReasonModel

if TYPE_CHECKING:
    from bot.app.explaining import IncidentExplained
    from bot.domain.explanation import Explanation
    from bot.domain.trials import Trial


class PartModel(BaseModel):
    """One thing that a rule asks for: `kind` is match, active or when; `detail` says what was found."""

    kind: str
    text: str
    held: bool
    detail: str


class TrialModel(BaseModel):
    """A rule that was tried; it matched where every part held."""

    rule: str
    matched: bool
    parts: list[PartModel]


class ExplainedAlertModel(BaseModel):
    """The alert that is explained."""

    name: str
    service: str
    environment: str
    status: AlertStatus
    labels: dict[str, str]
    starts_at: datetime
    received_at: datetime


class DecisionModel(BaseModel):
    """What was or would be decided, and why."""

    kind: DecisionKind
    reason: ReasonModel


class ExplanationModel(BaseModel):
    """Why an alert did what it did, or what it would do now.

    `decided_at` is null where nothing was decided. `trials` are of the rules as they are now, in order, and
    `rule` is the one that takes the alert. `incident` is the one that it came or would come to; `opens` where
    that one would only be opened. `effects` say in words what would be done.
    """

    alert: ExplainedAlertModel
    decided_at: datetime | None
    decision: DecisionModel
    rule: str | None
    trials: list[TrialModel]
    incident: str | None = Field(examples=["INC-12"])
    opens: bool
    effects: list[str]
    notes: list[str]


class Explanations(BaseModel):
    """One explanation an alert."""

    items: list[ExplanationModel]


class IncidentExplanation(BaseModel):
    """Why an incident opened, and why its alerts came to it.

    `opening` is null for a declared incident, and where the event is no longer kept. `more` alerts joined
    than are told.
    """

    incident: str = Field(examples=["INC-12"])
    reason: ReasonModel
    opening: ExplanationModel | None
    joined: list[ExplanationModel]
    more: bool


def explanation_model(told: Explanation) -> ExplanationModel:
    """An explanation as the contract shows it."""
    event, reason = told.event, told.decision.reason
    return ExplanationModel(
        alert=ExplainedAlertModel(
            name=event.name,
            service=event.service,
            environment=event.environment,
            status=event.status,
            labels=dict(event.labels),
            starts_at=event.starts_at,
            received_at=event.received_at,
        ),
        decided_at=told.decided_at,
        decision=DecisionModel(
            kind=told.decision.kind, reason=ReasonModel(name=reason.name, text=reason.text)
        ),
        rule=told.rule or None,
        trials=[_trial(trial) for trial in told.trials],
        incident=told.incident.name if told.incident is not None and not told.new else None,
        opens=told.new,
        effects=list(told.effects),
        notes=list(told.notes),
    )


def incident_explanation_model(told: IncidentExplained) -> IncidentExplanation:
    """Why an incident opened, as the contract shows it."""
    incident = told.incident
    return IncidentExplanation(
        incident=incident.name,
        reason=ReasonModel(name=incident.reason.name, text=incident.reason.text),
        opening=explanation_model(told.opening) if told.opening is not None else None,
        joined=[explanation_model(one) for one in told.joined],
        more=told.more,
    )


def _trial(trial: Trial) -> TrialModel:
    parts = [
        PartModel(kind=part.kind, text=part.text, held=part.held, detail=part.detail) for part in trial.parts
    ]
    return TrialModel(rule=trial.rule.name, matched=trial.matched, parts=parts)
