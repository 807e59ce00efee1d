"""Who acts, when, and under which policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Clock(Protocol):
    """Says what time it is, aware and in UTC."""

    def __call__(self) -> datetime:
        """Now."""


class Ids(Protocol):
    """Makes row keys: UUIDv7 in text form."""

    def __call__(self) -> str:
        """A new one."""


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
