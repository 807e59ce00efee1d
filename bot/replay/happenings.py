"""What happens in a replay, in the order in which it would have happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.domain.decisions import Decision
    from bot.domain.suspects import Ranking
    from bot.domain.timer import Timer


class Cause(StrEnum):
    """Why an incident was ranked."""

    OPENED = "opened"
    REOPENED = "reopened"
    JOINED = "joined"
    CHANGE = "change"
    RECOVERED = "recovered"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Decided:
    """An alert was decided about."""

    at: datetime
    event: AlertEvent
    decision: Decision


@dataclass(frozen=True, slots=True)
class Ranked:
    """The suspects of an incident were weighed; `news` where the card that people see would change."""

    at: datetime
    incident_id: str
    ranking: Ranking
    cause: Cause
    news: bool


@dataclass(frozen=True, slots=True)
class Rang:
    """A timer was due; what followed from it comes after."""

    at: datetime
    timer: Timer


@dataclass(frozen=True, slots=True)
class Closed:
    """An incident was resolved: nothing was heard of it for as long as the replay was told to wait."""

    at: datetime
    incident_id: str


@dataclass(frozen=True, slots=True)
class Paged:
    """Somebody would have been woken about an incident."""

    at: datetime
    incident_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Brought:
    """An alert that had waited came to an incident, with another one that was decided about."""

    at: datetime
    event_id: str
    incident_id: str


Happened = Decided | Brought | Ranked | Rang | Closed | Paged
