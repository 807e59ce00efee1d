"""`tocsin.yaml`: what an installation decides for all of its incidents."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.config.alertmanagers import AlertmanagerField
from bot.config.fields import Target
from bot.config.schedules import CalendarName, DatesField, Zone, calendar_of
from bot.config.suspects import SuspectsModel
from bot.domain.change import ChangeKind
from bot.domain.maintenance import MaintenancePolicy
from bot.domain.rules import StormPolicy
from bot.ingest.labels import USUAL, LabelPolicy
from playbooks.durations import Duration

if TYPE_CHECKING:
    from bot.domain.schedule import Calendar

EnvironmentName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^\S(.*\S)?$")]
CHANNEL_FIELDS: Final = ("number", "slug", "service", "severity", "environment")


class LabelsModel(BaseModel):
    """Which labels name an alert's service and environment: the first one that is set counts."""

    model_config = ConfigDict(extra="forbid")

    service: list[str] = Field(default_factory=list)
    environment: list[str] = Field(default_factory=list)


class StormModel(BaseModel):
    """More than `openings` within `window` in one environment join one storm incident."""

    model_config = ConfigDict(extra="forbid")

    openings: int = Field(10, ge=1)
    window: Duration = timedelta(minutes=5)

    def policy(self) -> StormPolicy:
        """The policy that it means."""
        return StormPolicy(self.openings, self.window)


class MaintenanceModel(BaseModel):
    """Changes of these kinds, and those that say `maintenance: true`, keep their service's alerts quiet.

    From their start until their end, or for `timeout` where none is told.
    """

    model_config = ConfigDict(extra="forbid")

    kinds: list[ChangeKind] = Field(default_factory=list)
    timeout: Duration = timedelta(hours=1)

    def policy(self) -> MaintenancePolicy:
        """The policy that it means."""
        return MaintenancePolicy(frozenset(self.kinds), self.timeout)


class Installation(BaseModel):
    """The file as a whole; each field has a default that works."""

    model_config = ConfigDict(extra="forbid")

    labels: LabelsModel = Field(default_factory=LabelsModel)
    storm: StormModel = Field(default_factory=StormModel)
    channel: str = Field(
        "inc-{number}-{slug}",
        description="the channel's name; knows {number}, {slug}, {service}, {severity} and {environment}",
        pattern=r"\{number\}",
    )
    change_environments: dict[EnvironmentName, list[EnvironmentName]] = Field(
        default_factory=dict,
        description="by the name of an environment in alerts, its other names in changes",
    )
    look_back: Duration = Field(timedelta(hours=24), description="how far back changes are suspects")
    suspects: SuspectsModel = Field(
        default_factory=SuspectsModel, description="what is assumed about changes and incidents"
    )
    page_when_slack_fails: Duration = timedelta(seconds=60)
    maintenance_changes: MaintenanceModel = Field(default_factory=MaintenanceModel)
    alertmanagers: list[AlertmanagerField] = Field(
        default_factory=list, description="base URLs of Alertmanagers whose silences hold here, too"
    )
    zone: Zone = Field("UTC", description="the time zone of hours that name none")
    calendars: dict[CalendarName, list[DatesField]] = Field(
        default_factory=dict,
        description="days by name: 2026-12-25, 12-25 of every year, 2026-12-24/2027-01-01",
    )
    owners: list[Target] = Field(
        default_factory=list, description="who hears of a configuration that cannot be loaded"
    )
    variables: dict[str, str] = Field(
        default_factory=dict, description="playbooks read them as settings.<name>"
    )

    def label_policy(self) -> LabelPolicy:
        """What `labels` and `change_environments` mean; a list that is empty leaves the default."""
        return LabelPolicy(
            tuple(self.labels.service) or USUAL.service,
            tuple(self.labels.environment) or USUAL.environment,
            of_changes={other: name for name, others in self.change_environments.items() for other in others},
        )

    def calendar(self) -> dict[str, Calendar]:
        """The calendars by name."""
        return {name: calendar_of(name, entries) for name, entries in self.calendars.items()}

    @field_validator("change_environments")
    @classmethod
    def _one_name_each(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        others = Counter(chain.from_iterable(value.values()))
        for name, many in others.items():
            if name in value:
                raise ValueError(f"{name} is the name of one environment and another name of one")
            if many > 1:
                raise ValueError(f"{name} is said to be another name more than once")
        return value

    @field_validator("channel")
    @classmethod
    def _knows_its_fields(cls, value: str) -> str:
        for name in re.findall(r"\{([^{}]*)\}", value):
            if name not in CHANNEL_FIELDS:
                known = ", ".join(CHANNEL_FIELDS)
                raise ValueError(f"there is no field {{{name}}} for a channel's name; there are {known}")
        return value
