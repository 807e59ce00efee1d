"""Rules from YAML: a file holds `rules:`, a list, in the order in which they are tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.domain.errors import InvalidInputError
from bot.domain.incident import Severity
from bot.domain.rules import Action, Rule, SeverityMapping
from bot.ingest.patterns import parse_matcher
from playbooks.durations import Duration

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Label = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]


def _is_matcher(value: str) -> str:
    try:
        parse_matcher(value)
    except InvalidInputError as error:
        raise ValueError("; ".join(filter(None, (error.problem, error.fix)))) from error
    return value


Matcher = Annotated[str, AfterValidator(_is_matcher)]


class SeverityModel(BaseModel):
    """How severity is read from a label; what `values` does not name falls back to the usual names."""

    model_config = ConfigDict(extra="forbid")

    label: Label = "severity"
    values: dict[str, Severity] = Field(default_factory=dict)
    default: Severity = Severity.WARNING


class JoinModel(BaseModel):
    """Alerts join an open incident of a service at most `hops` calls away; 0 switches that off."""

    model_config = ConfigDict(extra="forbid")

    hops: int = Field(2, ge=0, le=10)


class RuleModel(BaseModel):
    """One rule as it is written."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = ""
    match: list[Matcher] = Field(default_factory=list, description="Alertmanager matchers; all must hold")
    action: Action = Action.OPEN
    group_by: list[Label] = Field(default_factory=lambda: ["service"])
    window: Duration = timedelta(minutes=30)
    min_events: int = Field(1, ge=1, le=1000, description="so many different alerts open an incident")
    severity: SeverityModel = Field(default_factory=SeverityModel)
    join: JoinModel = Field(default_factory=JoinModel)
    reopen_window: Duration = timedelta(minutes=30)
    page: list[Severity] = Field(default_factory=lambda: [Severity.CRITICAL])
    playbooks: list[Name] = Field(default_factory=lambda: ["first-look"])
    invite: list[str] = Field(default_factory=list)

    def rule(self) -> Rule:
        """The rule that it means."""
        usual = SeverityMapping()
        own = {name.lower(): severity for name, severity in self.severity.values.items()}
        return Rule(
            name=self.name,
            matchers=tuple(parse_matcher(text) for text in self.match),
            group_by=tuple(self.group_by),
            window=self.window,
            min_alerts=self.min_events,
            severity=SeverityMapping(self.severity.label, {**usual.values, **own}, self.severity.default),
            join_hops=self.join.hops,
            reopen_window=self.reopen_window,
            page=frozenset(self.page),
            playbooks=tuple(self.playbooks),
            invite=tuple(self.invite),
            action=self.action,
        )


class RulesFile(BaseModel):
    """A file of `rules/`."""

    model_config = ConfigDict(extra="forbid")

    rules: list[RuleModel]
