"""Incidents: the aggregate and its state table, which the README draws and a test compares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from bot.domain.errors import TransitionError

if TYPE_CHECKING:
    from datetime import datetime


class State(StrEnum):
    """Where an incident stands."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Act(StrEnum):
    """What can happen to an incident: the first two by alerts, the others by people."""

    ALL_ENDED = "all alerts ended"
    FIRED = "an alert fires"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"


class Severity(StrEnum):
    """How bad, worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _SEVERITY_RANK[self]


_SEVERITY_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}

TRANSITIONS: Final[dict[tuple[State, Act], State]] = {
    (State.TRIGGERED, Act.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.TRIGGERED, Act.ALL_ENDED): State.MONITORING,
    (State.TRIGGERED, Act.RESOLVE): State.RESOLVED,
    (State.ACKNOWLEDGED, Act.ALL_ENDED): State.MONITORING,
    (State.ACKNOWLEDGED, Act.RESOLVE): State.RESOLVED,
    # What it was before: TRIGGERED, or ACKNOWLEDGED where somebody had taken it (see `after`).
    (State.MONITORING, Act.FIRED): State.TRIGGERED,
    (State.MONITORING, Act.ACKNOWLEDGE): State.MONITORING,
    (State.MONITORING, Act.RESOLVE): State.RESOLVED,
    (State.RESOLVED, Act.REOPEN): State.TRIGGERED,
}


def after(state: State, act: Act, *, acknowledged: bool = False) -> State:
    """The state that follows.

    Raises:
        TransitionError: the table has no such line; its message says which acts are possible.
    """
    following = TRANSITIONS.get((state, act))
    if following is None:
        possible = ", ".join(sorted(a.value for s, a in TRANSITIONS if s is state)) or "none"
        raise TransitionError(f"{act.value} while {state.value}; possible now: {possible}")
    if (state, act) == (State.MONITORING, Act.FIRED) and acknowledged:
        return State.ACKNOWLEDGED
    return following


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: a stable name for machines and a sentence for people."""

    name: str
    text: str


@dataclass(slots=True)
class Incident:
    """One incident. Times are aware and in UTC; `number` is 0 until the store has given one.

    `firing` counts its alerts that fire now, `alerts` all that ever belonged to it; `onset` is the earliest
    start among them; `last_alert_at` is the receipt of the latest one, which keeps its groups open.
    `flips` counts how often it was monitored and an alert fired again; since `flapping_since` that is too
    often to tell each time. `calm_at` is when a storm was over. `version` grows by one with every write, and
    a write names the version that it read.
    """

    id: str
    title: str
    state: State
    severity: Severity
    environment: str
    rule: str
    reason: Reason
    services: tuple[str, ...]
    opened_at: datetime
    onset: datetime
    last_alert_at: datetime
    number: int = 0
    firing: int = 0
    alerts: int = 0
    storm: bool = False
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    monitoring_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    reopen_seconds: float = 0.0
    flips: int = 0
    flapping_since: datetime | None = None
    calm_at: datetime | None = None
    version: int = 0

    def __copy__(self) -> Incident:
        # What `copy` does by itself for slots takes five times as long, and every alert asks for it.
        return Incident(*_VALUES(self))

    @property
    def name(self) -> str:
        """What people call it, as in `INC-12`."""
        return f"INC-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether a person has yet to close it."""
        return self.state is not State.RESOLVED

    @property
    def unended(self) -> str:
        """What is to be known of a resolved incident whose alerts still fire; empty where all have ended."""
        if self.is_open or not self.firing:
            return ""
        alerts = f"{self.firing} alerts still fire" if self.firing > 1 else "An alert still fires"
        return f"{alerts}; sent again, that reopens nothing, but one that ends and fires anew does."

    def steady(self) -> None:
        """It flaps no more: what it did so far does not count for what it does next."""
        self.flips, self.flapping_since = 0, None


_VALUES: Final = attrgetter(*Incident.__slots__)
