"""A file of tests for rules as it is written: what happens when, and what must be so at which moments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, model_validator

from bot.config.fields import Matcher
from bot.config.rule_tests.fields import FORM, Labels, Moment, Named, Series, Start, Suspects, Text
from bot.domain.change import ChangeKind
from bot.domain.decisions import DecisionKind
from bot.domain.incident import Severity, State
from playbooks.durations import Duration

MONDAY: Final = datetime(2026, 1, 5, tzinfo=UTC)


class WaveForm(BaseModel):
    """One step of a rollout."""

    model_config = FORM

    after: Moment = Field(description="so long after the change began")
    share: float | None = Field(None, ge=0, le=1)
    targets: list[str] = Field(default_factory=list)


class ChangeForm(BaseModel):
    """A change, with the fields of the public contract; its time is the event's."""

    model_config = FORM

    id: Text
    type: ChangeKind = ChangeKind.DEPLOY
    service: Text
    environment: str = Field("", description="default: that of the file's labels")
    source: str = "api"
    summary: str = ""
    version: str = ""
    previous_version: str = ""
    author: str = ""
    url: str = ""
    scope: dict[str, str] = Field(default_factory=dict)
    took: Duration | None = Field(None, description="it ended so long after it began")
    waves: list[WaveForm] = Field(default_factory=list)
    rolls_back: str = ""
    maintenance: bool = Field(default=False, description="its service's alerts are quiet while it is made")


class EventForm(BaseModel):
    """What happens at a moment: an alert fires or ends, something is changed, a person acts."""

    model_config = FORM

    at: Moment = Field(description="when it is heard, from the test's start")
    firing: Labels | None = Field(None, description="an alert with these labels fires")
    ended: Labels | None = Field(None, description="the alert with these labels ends")
    change: ChangeForm | None = None
    resolve: Text | None = Field(
        None, description="a person resolves the open incidents of this service; all: every one"
    )
    silence: Annotated[list[Matcher], Field(min_length=1)] | None = Field(
        None, description="alerts that match all of these are silenced"
    )
    annotations: dict[str, str] = Field(default_factory=dict)
    for_: Duration | None = Field(
        None, alias="for", description="what fires ends after so long, and so does a silence"
    )
    repeat: Series | None = Field(None, description="it happens again; {n} in its texts counts from 1")
    lag: Duration | None = Field(None, description="it had begun so long before it was heard of")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        kinds = (self.firing, self.ended, self.change, self.resolve, self.silence)
        if sum(one is not None for one in kinds) != 1:
            raise ValueError("an event has one of firing, ended, change, resolve and silence")
        if self.for_ is not None and self.firing is None and self.silence is None:
            raise ValueError("only what is firing ends after a time (for), or a silence")
        if self.silence is not None and self.for_ is None:
            raise ValueError("say for how long it is silenced (for)")
        return self


class IncidentForm(BaseModel):
    """An incident that must be open; what is left out may be anything."""

    model_config = FORM

    title: str | None = None
    rule: str | None = None
    severity: Severity | None = None
    state: State | None = None
    environment: str | None = None
    reason: str | None = Field(None, description="the name of the reason why it opened")
    services: list[str] | None = Field(None, description="all of them, in any order")
    alerts: list[Named] | None = Field(None, description="all that ever belonged to it, in any order")
    count: int | None = Field(None, ge=0, description="how many alerts ever belonged to it")
    firing: int | None = Field(None, ge=0, description="how many of its alerts fire")
    suspects: Suspects | None = Field(
        None, description="the first ones that are shown, best first; none: no suspect change"
    )


class DecisionForm(BaseModel):
    """What the latest decision about each alert with these labels must have been."""

    model_config = FORM

    alert: Named
    kind: DecisionKind | None = None
    reason: str | None = Field(None, description="the name of the reason")
    text: str | None = Field(None, description="words that the reason's text holds")
    rule: str | None = Field(None, description="the rule that took it; empty: none did")


class MomentForm(BaseModel):
    """What must be so at a moment, after everything that happened until then."""

    model_config = FORM

    at: Moment
    incidents: list[IncidentForm] | None = Field(None, description="the open incidents, these and no other")
    decisions: list[DecisionForm] = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.incidents is None and not self.decisions:
            raise ValueError("it expects nothing; give incidents ([] for none) or decisions")
        return self


class CaseForm(BaseModel):
    """One test."""

    model_config = FORM

    name: Text
    start: Start | None = Field(None, description="when 0m is; default: the file's")
    labels: Labels = Field(default_factory=dict, description="added to those of the file")
    events: list[EventForm]
    expect: Annotated[list[MomentForm], Field(min_length=1)]


class TestsFile(BaseModel):
    """A file of tests."""

    model_config = FORM

    start: Start = Field(MONDAY, description="when 0m is; matters to rules with active times")
    labels: Labels = Field(default_factory=dict, description="every alert has them, unless it says otherwise")
    tests: Annotated[list[CaseForm], Field(min_length=1)]
