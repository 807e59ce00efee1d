"""Rules from YAML: a file holds `rules:`, a list, in the order in which they are tried.

It may hold `inhibit:` and `maintenance:`, too, so that what belongs to a team stands in one file.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.config.fields import Condition, Label, Matcher, Name, Target
from bot.config.schedules import HoursModel, schedule_of
from bot.domain.incident import Severity
from bot.domain.inhibition import Inhibition
from bot.domain.quieting import Window
from bot.domain.rules import Action, Held, Rule, SeverityMapping
from playbooks.durations import Duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.schedule import Calendar


_EVERY_LABEL: Final = "..."
"""What Alertmanager takes for all labels."""


class SeverityModel(BaseModel):
    """How severity is read from a label; what `values` does not name falls back to the usual names."""

    model_config = ConfigDict(extra="forbid")

    label: Label = "severity"
    values: dict[str, Severity] = Field(default_factory=dict)
    default: Severity = Severity.WARNING


class JoinModel(BaseModel):
    """Alerts join the likeliest open incident whose cause may lie within `hops` calls; 0 switches it off."""

    model_config = ConfigDict(extra="forbid")

    hops: int = Field(4, ge=0, le=10)
    odds: float = Field(1.5, gt=0, le=1e6, description="so much likelier than trouble of its own")


def _no_dots(label: str) -> str:
    if label == _EVERY_LABEL:
        raise ValueError("no label; to keep alerts apart name those by which they differ, as in alertname")
    return label


class RuleModel(BaseModel):
    """One rule as it is written."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = ""
    match: list[Matcher] = Field(default_factory=list, description="Alertmanager matchers; all must hold")
    when: Condition = Field(None, description="a condition in CEL; asked where all of `match` holds")
    active: list[HoursModel] = Field(default_factory=list, description="when it counts; always if left out")
    action: Action = Action.OPEN
    group_by: list[Annotated[Label, AfterValidator(_no_dots)]] = Field(default_factory=lambda: ["service"])
    window: Duration = timedelta(minutes=30)
    min_events: int = Field(1, ge=1, le=1000, description="so many different alerts open an incident")
    severity: SeverityModel = Field(default_factory=SeverityModel)
    join: JoinModel = Field(default_factory=JoinModel)
    reopen_window: Duration = timedelta(minutes=30)
    page: list[Severity] = Field(default_factory=lambda: [Severity.CRITICAL])
    playbooks: list[Name] = Field(default_factory=lambda: ["first-look"])
    invite: list[str] = Field(
        default_factory=list, description="e-mail addresses, Slack ids, @handles of user groups"
    )
    announce: list[str] = Field(default_factory=list, description="Slack channels that hear of its incidents")
    owners: list[Target] = Field(default_factory=list, description="who answers for it; told when it rests")
    held: Held = Field(Held.EXPIRE, description="what a group does that misses min_events in its window")
    flap_after: int = Field(
        6, ge=2, le=1000, description="so many ends and returns in a row count as flapping"
    )

    def rule(self, zone: str, calendars: Mapping[str, Calendar]) -> Rule:
        """The rule that it means, with the installation's time zone and calendars."""
        usual = SeverityMapping()
        own = {name.lower(): severity for name, severity in self.severity.values.items()}
        return Rule(
            name=self.name,
            matchers=tuple(self.match),
            group_by=tuple(self.group_by),
            window=self.window,
            min_alerts=self.min_events,
            severity=SeverityMapping(self.severity.label, {**usual.values, **own}, self.severity.default),
            join_hops=self.join.hops,
            join_odds=self.join.odds,
            reopen_window=self.reopen_window,
            page=frozenset(self.page),
            playbooks=tuple(self.playbooks),
            invite=tuple(self.invite),
            action=self.action,
            when=self.when,
            active=schedule_of(self.active, zone, calendars) if self.active else None,
            announce=tuple(self.announce),
            owners=tuple(self.owners),
            held=self.held,
            flap_after=self.flap_after,
        )


class InhibitModel(BaseModel):
    """While an alert of `source_match` fires, those of `target_match` with equal labels `equal` are quiet."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    source_match: list[Matcher] = Field(min_length=1)
    target_match: list[Matcher] = Field(min_length=1)
    equal: list[Label] = Field(default_factory=list)

    def inhibition(self) -> Inhibition:
        """The inhibition that it means."""
        return Inhibition(self.name, tuple(self.source_match), tuple(self.target_match), tuple(self.equal))


class MaintenanceModel(BaseModel):
    """Planned work that comes back: alerts that match are quiet in these hours."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    match: list[Matcher] = Field(min_length=1)
    active: list[HoursModel] = Field(min_length=1)
    comment: str = ""

    def window(self, zone: str, calendars: Mapping[str, Calendar]) -> Window:
        """The window that it means, with the installation's time zone and calendars."""
        return Window(self.name, tuple(self.match), schedule_of(self.active, zone, calendars), self.comment)


class RulesFile(BaseModel):
    """A file of `rules/`."""

    model_config = ConfigDict(extra="forbid")

    rules: list[RuleModel] = Field(default_factory=list)
    inhibit: list[InhibitModel] = Field(default_factory=list)
    maintenance: list[MaintenanceModel] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> RulesFile:
        if not self.model_fields_set:
            raise ValueError(f"one of {', '.join(type(self).model_fields)} is expected here")
        return self
